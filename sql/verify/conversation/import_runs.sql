-- Verify agentpg:conversation/import_runs on pg
begin;

select null::agentpg.import_context;
select pg_catalog.has_function_privilege('agentpg._imported_id(uuid,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._import_messages(agentpg.import_context,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._import_runs(agentpg.import_context,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._import_calls(agentpg.import_context,jsonb)', 'execute');

rollback;
