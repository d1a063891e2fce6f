-- Revert agentpg:runs/check_options from pg
begin;

drop function agentpg._check_variables(jsonb,jsonb);
drop function agentpg._run_limit(text,jsonb,jsonb,integer);
drop function agentpg._check_mode(agentpg.run_mode,jsonb,jsonb);
drop function agentpg._option_time(jsonb,text);
drop function agentpg._check_options(jsonb,agentpg.agents);
drop function agentpg._check_limit_values(jsonb);

commit;
