-- Verify agentpg:conversation/export_session on pg
begin;

select pg_catalog.has_function_privilege('agentpg._without_secrets(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._exported_messages(uuid,bigint)', 'execute');
select pg_catalog.has_function_privilege('agentpg._exported_run(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._exported_compactions(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._exported_session(agentpg.sessions,bigint,uuid[])', 'execute');

rollback;
