-- Revert agentpg:runs/leased_run from pg
begin;

drop function agentpg._refuse_stale(uuid);
drop function agentpg._leased_run(uuid,uuid);
drop function agentpg._try_lock_run(uuid);
drop function agentpg._lock_run(uuid);

commit;
