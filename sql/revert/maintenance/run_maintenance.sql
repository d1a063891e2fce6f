-- Revert agentpg:maintenance/run_maintenance from pg
begin;

drop function agentpg.run_maintenance(uuid);
drop function agentpg._give_up_unserved(uuid);
drop function agentpg._rescue_execution(uuid);
drop function agentpg._try_lock_execution(uuid);
drop function agentpg._rescue_run(uuid);

commit;
