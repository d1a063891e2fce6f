-- Verify agentpg:runs/containers on pg
begin;

select pg_catalog.has_function_privilege('agentpg._keep_container(agentpg.runs,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._with_container(jsonb,jsonb)', 'execute');

rollback;
