-- Verify agentpg:core/uuid on pg
begin;

select pg_catalog.has_function_privilege('agentpg._uuid_v7()', 'execute');

rollback;
