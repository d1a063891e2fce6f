-- Verify agentpg:registry/find_agent on pg
begin;

select pg_catalog.has_function_privilege('agentpg._find_agent(text,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.find_agent(text,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.get_agent(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.list_agents(jsonb,integer,integer)', 'execute');

rollback;
