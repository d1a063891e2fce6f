-- Verify agentpg:conversation/export on pg
begin;

select pg_catalog.has_function_privilege('agentpg._exported_agents(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._exported_prefixes(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._export(agentpg.sessions,bigint,uuid[],uuid[])', 'execute');
select pg_catalog.has_function_privilege('agentpg.export_session(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.export_run(uuid)', 'execute');

rollback;
