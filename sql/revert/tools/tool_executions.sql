-- Revert agentpg:tools/tool_executions from pg
begin;

drop table agentpg.tool_executions;

commit;
