-- Revert agentpg:runs/continue_run from pg
begin;

drop function agentpg.continue_run(uuid,text,jsonb,jsonb);
drop function agentpg._needs_prompt(agentpg.runs);
drop function agentpg._count_anew(agentpg.runs,jsonb);
drop function agentpg._check_limits(jsonb);

commit;
