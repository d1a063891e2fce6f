-- Verify agentpg:views/cost_views on pg
begin;

select
  day, completed_at, run_id, root_run_id, session_id, agent_id, tenant_id, model, run_mode, calls,
  abandoned_calls, unpriced_calls, input_tokens, output_tokens, cache_write_5m_tokens,
  cache_write_1h_tokens, cache_read_tokens, cost_usd, failed_calls, failed_unpriced_calls,
  failed_cost_usd
from agentpg._usage
where false;
select
  iteration_id, run_id, number, session_id, agent_id, tenant_id, model, run_mode, completed_at, calls,
  abandoned_calls, input_tokens, output_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
  cache_read_tokens, cache_hit_rate, cost_usd, priced_cost_usd, unpriced_calls, failed_calls,
  failed_cost_usd
from agentpg.cost_by_iteration
where false;
select
  run_id, session_id, agent_id, tenant_id, calls, abandoned_calls, input_tokens, output_tokens,
  cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, cache_hit_rate, cost_usd,
  priced_cost_usd, unpriced_calls, failed_calls, failed_cost_usd
from agentpg.cost_by_run
where false;
select
  root_run_id, runs, calls, abandoned_calls, input_tokens, output_tokens, cache_write_5m_tokens,
  cache_write_1h_tokens, cache_read_tokens, cache_hit_rate, cost_usd, priced_cost_usd, unpriced_calls,
  failed_calls, failed_cost_usd
from agentpg.cost_by_tree
where false;
select
  session_id, calls, abandoned_calls, input_tokens, output_tokens, cache_write_5m_tokens,
  cache_write_1h_tokens, cache_read_tokens, cache_hit_rate, cost_usd, priced_cost_usd, unpriced_calls,
  failed_calls, failed_cost_usd
from agentpg.cost_by_session
where false;
select
  agent_id, agent_name, calls, abandoned_calls, input_tokens, output_tokens, cache_write_5m_tokens,
  cache_write_1h_tokens, cache_read_tokens, cache_hit_rate, cost_usd, priced_cost_usd, unpriced_calls,
  failed_calls, failed_cost_usd
from agentpg.cost_by_agent
where false;
select
  tenant_id, calls, abandoned_calls, input_tokens, output_tokens, cache_write_5m_tokens,
  cache_write_1h_tokens, cache_read_tokens, cache_hit_rate, cost_usd, priced_cost_usd, unpriced_calls,
  failed_calls, failed_cost_usd
from agentpg.cost_by_tenant
where false;
select
  day, calls, abandoned_calls, input_tokens, output_tokens, cache_write_5m_tokens,
  cache_write_1h_tokens, cache_read_tokens, cache_hit_rate, cost_usd, priced_cost_usd, unpriced_calls,
  failed_calls, failed_cost_usd
from agentpg.cost_by_day
where false;

rollback;
