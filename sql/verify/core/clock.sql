-- Verify agentpg:core/clock on pg
begin;

select pg_catalog.has_function_privilege('agentpg.now()', 'execute');

rollback;
