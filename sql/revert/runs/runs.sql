-- Revert agentpg:runs/runs from pg
begin;

drop table agentpg.runs;

commit;
