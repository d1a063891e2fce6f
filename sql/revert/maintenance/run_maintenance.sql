-- Revert agentpg:maintenance/run_maintenance from pg
begin;

drop function agentpg.run_maintenance(uuid);

commit;
