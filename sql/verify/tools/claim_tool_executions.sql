-- Verify agentpg:tools/claim_tool_executions on pg
begin;

select pg_catalog.has_function_privilege('agentpg._lock_due_tools(uuid,timestamp with time zone,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._with_watched_runs(uuid[],timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg.claim_tool_executions(uuid,integer,uuid[])', 'execute');

rollback;
