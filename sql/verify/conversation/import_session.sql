-- Verify agentpg:conversation/import_session on pg
begin;

select pg_catalog.has_function_privilege('agentpg._import_agents(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._import_prefixes(jsonb,jsonb,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._run_tops(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._import_one(agentpg.import_context,jsonb,jsonb)', 'execute');

rollback;
