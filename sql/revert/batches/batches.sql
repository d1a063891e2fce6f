-- Revert agentpg:batches/batches from pg
begin;

drop table agentpg.batch_members;
drop table agentpg.batches;

commit;
