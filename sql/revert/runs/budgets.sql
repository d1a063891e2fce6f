-- Revert agentpg:runs/budgets from pg
begin;

drop function agentpg._add_up(uuid);
drop function agentpg._bill_attempt(agentpg.runs,agentpg.run_mode,jsonb);
drop function agentpg._spend(uuid[],agentpg.iterations);
drop trigger runs_release_reservation on agentpg.runs;
drop function agentpg._release_reservation();
drop table agentpg.reservations;
drop table agentpg.budget_entries;
drop table agentpg.budgets;

commit;
