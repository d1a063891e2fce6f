-- Revert agentpg:runs/run_continuations from pg
begin;

drop table agentpg.run_continuations;

commit;
