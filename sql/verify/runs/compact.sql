-- Verify agentpg:runs/compact on pg
begin;

select pg_catalog.has_function_privilege('agentpg._last_run(agentpg.sessions)', 'execute');
select pg_catalog.has_function_privilege('agentpg._session_config(agentpg.sessions,jsonb)', 'execute');
select null::agentpg.session_statistics;
select pg_catalog.has_function_privilege('agentpg.session_stats(uuid,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.needs_compaction(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.plan_compaction(uuid,jsonb)', 'execute');

rollback;
