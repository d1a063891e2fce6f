-- Revert agentpg:runs/check_options from pg
begin;

drop function agentpg._check_variables(jsonb,jsonb);
drop function agentpg._run_limit(text,jsonb,jsonb,integer);
drop function agentpg._deadline(jsonb);
drop function agentpg._check_options(jsonb,agentpg.agents);

commit;
