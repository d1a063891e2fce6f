-- Verify agentpg:runs/next_iteration on pg
begin;

select pg_catalog.has_function_privilege('agentpg._next_queue(agentpg.runs)', 'execute');
select pg_catalog.has_function_privilege('agentpg._next_iteration(agentpg.runs,boolean,uuid)', 'execute');

rollback;
