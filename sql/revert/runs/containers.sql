-- Revert agentpg:runs/containers from pg
begin;

drop function agentpg._with_container(jsonb,jsonb);
drop function agentpg._keep_container(agentpg.runs,jsonb);

commit;
