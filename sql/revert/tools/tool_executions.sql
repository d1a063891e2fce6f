-- Revert agentpg:tools/tool_executions from pg
begin;

drop function agentpg._due_calls(timestamp with time zone,boolean,integer);
drop function agentpg._held_calls(uuid);
drop table agentpg.tool_executions;

commit;
