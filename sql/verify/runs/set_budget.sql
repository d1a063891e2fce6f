-- Verify agentpg:runs/set_budget on pg
begin;

select pg_catalog.has_function_privilege('agentpg._budgets_for(uuid,uuid,text,text,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._raise_limits(agentpg.runs,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.set_budget(uuid,text,bigint,numeric,interval)', 'execute');
select
  id, scope, run_id, session_id, tenant_id, max_tokens, max_cost_usd, period, period_started_at,
  used_tokens, used_cost_usd, unpriced_calls, reserved_tokens, reserved_cost_usd
from agentpg.budget_usage
where false;

rollback;
