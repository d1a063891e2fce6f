-- Revert agentpg:maintenance/rescue from pg
begin;

drop function agentpg._watch_on(timestamp with time zone,integer);
drop function agentpg._rescue_execution(uuid);
drop function agentpg._try_lock_execution(uuid);
drop function agentpg._rescue_run(uuid);

commit;
