-- Verify agentpg:conversation/create_session on pg
begin;

select pg_catalog.has_function_privilege('agentpg.create_session(uuid,jsonb)', 'execute');

rollback;
