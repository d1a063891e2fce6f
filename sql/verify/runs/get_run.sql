-- Verify agentpg:runs/get_run on pg
begin;

select pg_catalog.has_function_privilege('agentpg.get_run(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._run_page(uuid,uuid,agentpg.run_state,integer,uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.list_runs(uuid,uuid,agentpg.run_state,integer,uuid)', 'execute');
select null::agentpg.run_response;
select pg_catalog.has_function_privilege('agentpg.get_response(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.finished_runs(uuid[])', 'execute');
select pg_catalog.has_function_privilege('agentpg.run_iterations(uuid)', 'execute');

rollback;
