-- Verify agentpg:tools/complete_tool on pg
begin;

select pg_catalog.has_function_privilege('agentpg.complete_tool(uuid,uuid,jsonb,boolean,boolean,jsonb)', 'execute');

rollback;
