-- Revert agentpg:tools/fail_tool from pg
begin;

drop function agentpg.fail_tool(uuid,uuid,text,text,boolean,jsonb);
drop function agentpg._free_execution(agentpg.tool_executions,timestamp with time zone,integer,integer,text);
drop function agentpg._log_tool_attempt(agentpg.tool_executions,text,text,text,timestamp with time zone);
drop function agentpg._tool_retry_delay(integer,numeric);

commit;
