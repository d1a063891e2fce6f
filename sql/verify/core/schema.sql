-- Verify agentpg:core/schema on pg
begin;

select pg_catalog.has_schema_privilege('agentpg', 'usage');

rollback;
