-- Verify agentpg:runs/iterations on pg
begin;

select
  id, run_id, number, attempt, rescue_attempts, run_mode, trigger_type, model, prefix_id, instance_id,
  lease_token, batch_id, compaction_id, request_seq, response_seq, stop_reason, tool_count,
  input_tokens, output_tokens, cache_creation_input_tokens, cache_creation_1h_input_tokens,
  cache_read_input_tokens, cost_usd, usage, request_id, message_id, response, started_at, completed_at
from agentpg.iterations
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'iterations_insert_only' and tgrelid = 'agentpg.iterations'::regclass;
select
  id, run_id, iteration_id, tool_execution_id, kind, attempt, instance_id, lease_token, error_type,
  error_message, details, retry_at, started_at, failed_at
from agentpg.failed_attempts
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'failed_attempts_insert_only' and tgrelid = 'agentpg.failed_attempts'::regclass;

rollback;
