-- Verify agentpg:tools/complete_tools on pg
begin;

select pg_catalog.has_function_privilege('agentpg.complete_tools(uuid[],uuid[],jsonb,boolean[],jsonb)', 'execute');

rollback;
