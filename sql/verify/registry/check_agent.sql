-- Verify agentpg:registry/check_agent on pg
begin;

select pg_catalog.has_function_privilege('agentpg._check_config(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_count(jsonb,text,integer,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_delegates(agentpg.agents)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_agent(agentpg.agents)', 'execute');
select pg_catalog.has_function_privilege('agentpg._store_agent(agentpg.agents)', 'execute');
select pg_catalog.has_function_privilege('agentpg._agent_from(text,text,text,text[],uuid[],text,integer,numeric,integer,numeric,jsonb,jsonb)', 'execute');

rollback;
