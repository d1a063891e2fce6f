-- Revert agentpg:runs/queues from pg
begin;

drop table agentpg.queues;

commit;
