-- Verify agentpg:tools/close_open_calls on pg
begin;

select pg_catalog.has_function_privilege('agentpg._lock_below(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._try_lock_below(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._close_open_calls(agentpg.runs,text)', 'execute');

rollback;
