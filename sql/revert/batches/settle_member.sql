-- Revert agentpg:batches/settle_member from pg
begin;

drop function agentpg._settle_member(agentpg.batches,integer,jsonb);
drop function agentpg._drop_result(agentpg.batch_members,text);
drop function agentpg._settle_result(agentpg.runs,jsonb);
drop function agentpg._is_response(jsonb);
drop function agentpg._late_result(agentpg.runs,agentpg.batch_members,agentpg.batches,jsonb);

commit;
