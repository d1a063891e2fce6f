-- Verify agentpg:events/emit on pg
begin;

select pg_catalog.has_function_privilege('agentpg._emit(agentpg.runs,text,jsonb,uuid,uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._emit_all(agentpg.run_events[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._emit_in_tree(agentpg.runs,agentpg.run_events[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._event(agentpg.runs,text,jsonb,uuid,uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._try_lock_stream(agentpg.runs)', 'execute');

rollback;
