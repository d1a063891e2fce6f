-- Verify agentpg:conversation/update_session on pg
begin;

select pg_catalog.has_function_privilege('agentpg.update_session(uuid,jsonb)', 'execute');

rollback;
