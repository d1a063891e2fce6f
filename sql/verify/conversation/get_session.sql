-- Verify agentpg:conversation/get_session on pg
begin;

select pg_catalog.has_function_privilege('agentpg.get_session(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.list_sessions(jsonb,integer,uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.session_messages(uuid,bigint,integer,boolean)', 'execute');

rollback;
