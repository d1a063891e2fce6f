-- Revert agentpg:runs/release_runs from pg
begin;

drop function agentpg.release_tools(uuid,uuid[]);
drop function agentpg.release_runs(uuid,uuid[]);

commit;
