-- Verify agentpg:runs/runs on pg
begin;

select
  id, session_id, iteration_id, prefix_id, lease_token, claimed_by, lease_expires_at, claimed_at,
  available_at, started_at, finalized_at, last_rescue_at, deadline_at, stream_at, queue_id,
  iteration_number, open_tools, state, previous_state, priority, attempt, rescue_attempts,
  continuations, continuation_limit, iteration_limit, blocked, events, stop_reason, error_type,
  error_message, tenant_id, batch_id, batch_ordinal, budget_ids, container, compaction_id,
  context_tokens, compact_above, imported
from agentpg.runs
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'runs_guard_state' and tgrelid = 'agentpg.runs'::regclass;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'runs_guard_first_state' and tgrelid = 'agentpg.runs'::regclass;

rollback;
