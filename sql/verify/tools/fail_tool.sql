-- Verify agentpg:tools/fail_tool on pg
begin;

select pg_catalog.has_function_privilege('agentpg._tool_retry_delay(integer,numeric)', 'execute');
select pg_catalog.has_function_privilege('agentpg._log_tool_attempt(agentpg.tool_executions,text,text,text,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._free_execution(agentpg.tool_executions,timestamp with time zone,integer,integer,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg.fail_tool(uuid,uuid,text,text,boolean,jsonb)', 'execute');

rollback;
