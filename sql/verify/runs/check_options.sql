-- Verify agentpg:runs/check_options on pg
begin;

select pg_catalog.has_function_privilege('agentpg._check_limit_values(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_options(jsonb,agentpg.agents)', 'execute');
select pg_catalog.has_function_privilege('agentpg._option_time(jsonb,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_mode(agentpg.run_mode,jsonb,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._run_limit(text,jsonb,jsonb,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_variables(jsonb,jsonb)', 'execute');

rollback;
