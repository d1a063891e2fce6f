-- Verify agentpg:core/configure on pg
begin;

select pg_catalog.has_function_privilege('agentpg.configure(jsonb)', 'execute');

rollback;
