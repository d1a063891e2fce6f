-- Verify agentpg:views/run_details on pg
begin;

select
  id, session_id, agent_id, agent_name, run_mode, current_mode, model, turn, parent_run_id,
  parent_tool_execution_id, root_run_id, depth, state, previous_state, prompt, content,
  current_iteration, current_iteration_id, response_text, stop_reason, input_tokens, output_tokens,
  cache_creation_input_tokens, cache_read_input_tokens, cost_usd, unpriced_calls, streaming_extra_usd,
  iteration_count, tool_iterations, error_type, error_message, created_by_instance_id,
  claimed_by_instance_id, claimed_at, lease_expires_at, attempt, rescue_attempts, last_rescue_at,
  priority, scheduled_at, available_at, blocked, open_tools, batch_id, max_iterations,
  max_continuations, variables, options, metadata, idempotency_key, tenant_id, created_at, started_at,
  finalized_at, regenerated_from_run_id, superseded_by_run_id
from agentpg.run_details
where false;

rollback;
