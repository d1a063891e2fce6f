-- Verify agentpg:runs/runs on pg
begin;

select
  id, session_id, prefix_id, ready_at, streams_at, stopped_as, watch_at, started_at, finalized_at,
  last_rescue_at, deadline_at, stream_at, available_at, iteration_id, lease_token, claimed_by,
  lease_expires_at, claimed_at, iteration_number, open_tools, context_tokens, state, previous_state,
  queue_id, priority, attempt, rescue_attempts, continuations, continuation_limit, iteration_limit,
  compact_above, blocked, events, imported, stop_reason, error_type, error_message, tenant_id,
  batch_id, batch_ordinal, budget_ids, container, compaction_id
from agentpg.runs
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'runs_guard_state' and tgrelid = 'agentpg.runs'::regclass;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'runs_guard_first_state' and tgrelid = 'agentpg.runs'::regclass;

rollback;
