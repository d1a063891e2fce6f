-- Verify agentpg:runs/continue_run on pg
begin;

select pg_catalog.has_function_privilege('agentpg._check_limits(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._count_anew(agentpg.runs,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._needs_prompt(agentpg.runs)', 'execute');
select pg_catalog.has_function_privilege('agentpg.continue_run(uuid,text,jsonb,jsonb)', 'execute');

rollback;
