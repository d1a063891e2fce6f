-- Verify agentpg:maintenance/run_maintenance on pg
begin;

select pg_catalog.has_function_privilege('agentpg._rescue_run(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._try_lock_execution(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._rescue_execution(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._give_up_unserved(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.run_maintenance(uuid)', 'execute');

rollback;
