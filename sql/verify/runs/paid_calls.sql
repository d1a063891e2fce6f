-- Verify agentpg:runs/paid_calls on pg
begin;

select
  completed_at, run_id, iteration_id, number, model, run_mode, root_run_id, session_id, agent_id,
  tenant_id, calls, abandoned_calls, unpriced_calls, input_tokens, output_tokens,
  cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, cost_usd, failed_calls,
  failed_unpriced_calls, failed_cost_usd
from agentpg._paid_calls
where false;

rollback;
