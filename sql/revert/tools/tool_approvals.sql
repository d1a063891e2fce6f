-- Revert agentpg:tools/tool_approvals from pg
begin;

drop function agentpg._with_edit(agentpg.tool_executions,jsonb);
drop function agentpg._announce_approval(agentpg.tool_executions);
drop function agentpg._input_of(agentpg.tool_executions);
drop function agentpg._input_hash(jsonb);
drop table agentpg.tool_approvals;

commit;
