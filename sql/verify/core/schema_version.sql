-- Verify agentpg:core/schema_version on pg
begin;

select pg_catalog.has_function_privilege('agentpg.schema_version()', 'execute');

rollback;
