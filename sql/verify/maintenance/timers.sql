-- Verify agentpg:maintenance/timers on pg
begin;

select pg_catalog.has_function_privilege('agentpg._give_up_call(uuid,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._end_overdue_run(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._waiting_tools(timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._mark_unoffered(timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._unserved_calls(timestamp with time zone,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._nudge(timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._stream_due_runs(integer)', 'execute');

rollback;
