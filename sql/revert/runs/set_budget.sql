-- Revert agentpg:runs/set_budget from pg
begin;

drop view agentpg.budget_usage;
drop function agentpg.set_budget(uuid,text,bigint,numeric,interval);
drop function agentpg._raise_limits(agentpg.runs,jsonb);
drop function agentpg._budgets_for(uuid,uuid,text,text,jsonb);

commit;
