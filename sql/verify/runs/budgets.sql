-- Verify agentpg:runs/budgets on pg
begin;

select
  id, scope, run_id, session_id, tenant_id, max_tokens, max_cost_usd, period, period_started_at,
  used_tokens, used_cost_usd, unpriced_calls, reserved_tokens, reserved_cost_usd
from agentpg.budgets
where false;
select id, budget_id, tokens, cost_usd, unpriced_calls, reserved_tokens, reserved_cost_usd
from agentpg.budget_entries
where false;
select iteration_id, budget_ids, max_tokens, tokens, cost_usd
from agentpg.reservations
where false;
select pg_catalog.has_function_privilege('agentpg._release_reservation()', 'execute');
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'runs_release_reservation' and tgrelid = 'agentpg.runs'::regclass;
select pg_catalog.has_function_privilege('agentpg._spend(uuid[],agentpg.iterations)', 'execute');
select pg_catalog.has_function_privilege('agentpg._bill_attempt(agentpg.runs,agentpg.run_mode,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._add_up(uuid)', 'execute');

rollback;
