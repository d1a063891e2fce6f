-- Verify agentpg:batches/batches on pg
begin;

select
  id, provider_batch_id, status, request_count, request_bytes, lease_token, claimed_by,
  lease_expires_at, next_poll_at, created_at, submitted_at, ended_at, ingested_at, expires_at
from agentpg.batches
where false;
select batch_id, iteration_id, run_id, result_type
from agentpg.batch_members
where false;

rollback;
