-- Verify agentpg:registry/update_agent on pg
begin;

select pg_catalog.has_function_privilege('agentpg.update_agent(uuid,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.delete_agent(uuid)', 'execute');

rollback;
