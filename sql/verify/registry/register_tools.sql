-- Verify agentpg:registry/register_tools on pg
begin;

select pg_catalog.has_function_privilege('agentpg._check_tool(jsonb,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg.register_tools(uuid,jsonb)', 'execute');

rollback;
