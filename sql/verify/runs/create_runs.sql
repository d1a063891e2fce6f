-- Verify agentpg:runs/create_runs on pg
begin;

select pg_catalog.has_function_privilege('agentpg._create_alone(agentpg._new_run,uuid,agentpg.run_mode,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.create_runs(uuid,jsonb,agentpg.run_mode,jsonb,jsonb,jsonb,integer,timestamp with time zone)', 'execute');

rollback;
