-- Verify agentpg:batches/batches on pg
begin;

select
  id, state, provider_batch_id, status, request_count, request_bytes, result_counts, lease_token,
  claimed_by, lease_expires_at, submission_token, submissions, next_poll_at, failures, last_error,
  candidates, disproved, created_at, submission_started_at, unknown_since, submitted_at, expires_at,
  cancel_requested_at, postponed, ended_at, closed_at
from agentpg.batches
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'batches_guard_state' and tgrelid = 'agentpg.batches'::regclass;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'batches_guard_first_state' and tgrelid = 'agentpg.batches'::regclass;
select batch_id, ordinal, run_id, iteration_id, withdrawn_at, settled_at, result_type, result
from agentpg.batch_members
where false;
select pg_catalog.has_function_privilege('agentpg._custom_id(uuid,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._ordinal(uuid,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._withdraw_member(agentpg.runs)', 'execute');

rollback;
