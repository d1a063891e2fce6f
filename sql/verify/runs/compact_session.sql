-- Verify agentpg:runs/compact_session on pg
begin;

select pg_catalog.has_function_privilege('agentpg._summarize_apart(agentpg.sessions,agentpg.compactions)', 'execute');
select pg_catalog.has_function_privilege('agentpg._compact_session(uuid,jsonb,jsonb,boolean)', 'execute');
select pg_catalog.has_function_privilege('agentpg.compact(uuid,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.compact_if_needed(uuid,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.apply_compaction(uuid,jsonb,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.restore_compaction(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.list_compactions(uuid,integer,uuid)', 'execute');

rollback;
