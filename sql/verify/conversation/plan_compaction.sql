-- Verify agentpg:conversation/plan_compaction on pg
begin;

select pg_catalog.has_function_privilege('agentpg._estimated_tokens(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._sized_context(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._context_size(agentpg.sessions)', 'execute');
select pg_catalog.has_function_privilege('agentpg._plan(agentpg.sessions,jsonb,integer,uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._planned(agentpg.sessions,jsonb,integer,uuid)', 'execute');

rollback;
