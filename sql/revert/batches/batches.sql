-- Revert agentpg:batches/batches from pg
begin;

drop function agentpg._withdraw_member(agentpg.runs);
drop function agentpg._ordinal(uuid,text);
drop function agentpg._custom_id(uuid,integer);
drop table agentpg.batch_members;
drop table agentpg.batches;

commit;
