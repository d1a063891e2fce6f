-- Revert agentpg:runs/iterations from pg
begin;

drop table agentpg.failed_attempts;
drop table agentpg.iterations;

commit;
