-- Verify agentpg:views/batch_progress on pg
begin;

select usual
from agentpg._usual_batch_time
where false;
select model, queued, due, oldest_at, gathered_by, paused_until, parked_reason
from agentpg.batch_queue
where false;
select
  batch_id, provider_batch_id, state, status, request_count, request_bytes, settled, succeeded,
  errored, canceled, expired, withdrawn, kept, created_at, submitted_at, elapsed, usual, expires_at,
  ended_at, closed_at, next_poll_at, submissions, failures, last_error, cancel_requested_at, cost_usd,
  streaming_cost_usd, unpriced_calls
from agentpg.batch_progress
where false;

rollback;
