-- Verify agentpg:maintenance/run_maintenance on pg
begin;

select pg_catalog.has_function_privilege('agentpg.run_maintenance(uuid)', 'execute');

rollback;
