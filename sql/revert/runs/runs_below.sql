-- Revert agentpg:runs/runs_below from pg
begin;

drop function agentpg._runs_below(uuid[]);

commit;
