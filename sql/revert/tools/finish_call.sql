-- Revert agentpg:tools/finish_call from pg
begin;

drop function agentpg._handed_out_after(agentpg.tool_executions,jsonb);
drop function agentpg._may_go_on(agentpg.runs,uuid);
drop function agentpg._finish_call(agentpg.tool_executions,agentpg.tool_execution_state,jsonb,boolean,text,uuid,jsonb);
drop function agentpg._refuse_stale_execution(uuid);
drop function agentpg._leased_execution(uuid,uuid);

commit;
