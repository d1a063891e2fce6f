-- Revert agentpg:runs/regenerate_run from pg
begin;

drop function agentpg.regenerate_run(uuid,jsonb);
drop function agentpg._turn_of(agentpg.runs);
drop function agentpg._check_regenerable(agentpg.runs,uuid);
drop table agentpg.regenerations;

commit;
