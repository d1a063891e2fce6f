-- Verify agentpg:conversation/create_session on pg
begin;

select pg_catalog.has_function_privilege('agentpg._check_on_busy(text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg.create_session(uuid,jsonb,text,jsonb)', 'execute');

rollback;
