-- Verify agentpg:runs/why_waiting on pg
begin;

select pg_catalog.has_function_privilege('agentpg._why_pending(agentpg.runs)', 'execute');
select pg_catalog.has_function_privilege('agentpg._why_tools(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._why_batch(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.why_waiting(uuid)', 'execute');

rollback;
