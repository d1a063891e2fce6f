-- Revert agentpg:maintenance/timers from pg
begin;

drop function agentpg._stream_due_runs(integer);
drop function agentpg._nudge(timestamp with time zone);
drop function agentpg._unserved_calls(timestamp with time zone,integer);
drop function agentpg._mark_unoffered(timestamp with time zone);
drop function agentpg._waiting_tools(timestamp with time zone);
drop function agentpg._end_overdue_run(uuid);
drop function agentpg._give_up_call(uuid,text,text);

commit;
