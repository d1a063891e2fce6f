-- Verify agentpg:maintenance/list_instances on pg
begin;

select pg_catalog.has_function_privilege('agentpg.list_instances()', 'execute');

rollback;
