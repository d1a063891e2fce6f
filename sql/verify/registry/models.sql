-- Verify agentpg:registry/models on pg
begin;

select
  id, display_name, max_input_tokens, max_output_tokens, accepts_sampling, accepts_forced_tool_choice,
  refuses_thinking, default_effort, cache_minimum_tokens, binds_thinking, lifecycle, retires_on,
  updated_on
from agentpg.models
where false;
select
  model, effective_on, speed, above_prompt_tokens, input_usd, output_usd, cache_write_5m_usd,
  cache_write_1h_usd, cache_read_usd, batch_ratio, geo_ratios
from agentpg.model_prices
where false;
select counter, effective_on, usd_per_thousand
from agentpg.server_tool_prices
where false;

rollback;
