-- Revert agentpg:tools/close_open_calls from pg
begin;

drop function agentpg._close_open_calls(agentpg.runs,text);
drop function agentpg._try_lock_below(uuid);
drop function agentpg._lock_below(uuid);

commit;
