-- Verify agentpg:registry/create_agent on pg
begin;

select pg_catalog.has_function_privilege('agentpg.create_agent(text,text,text,text[],uuid[],text,integer,numeric,integer,numeric,jsonb,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.get_or_create_agent(text,text,text,text[],uuid[],text,integer,numeric,integer,numeric,jsonb,jsonb)', 'execute');

rollback;
