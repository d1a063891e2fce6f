-- Verify agentpg:runs/compact_run on pg
begin;

select pg_catalog.has_function_privilege('agentpg._compaction_layers(jsonb,jsonb,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._compact_above(jsonb,jsonb,jsonb,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._above(integer,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._open_compaction(agentpg.compactions,agentpg.runs)', 'execute');
select pg_catalog.has_function_privilege('agentpg._compact_run(agentpg.runs,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._emit_compaction(agentpg.runs,uuid)', 'execute');

rollback;
