-- Deploy agentpg:runs/record_failure to pg
-- requires: runs/leased_run
-- requires: runs/finalize_run
begin;

create function agentpg._is_retryable(error jsonb)
returns boolean
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when error ->> 'should_retry' in ('true', 'false') then (error ->> 'should_retry')::boolean
    when error ->> 'error_code' like '%spend\_limit\_reached' then false
    when error ->> 'type' in ('overloaded_error', 'api_error', 'rate_limit_error', 'timeout_error') then true
    -- An error event inside a stream has no status of its own.
    when coalesce(error ->> 'status', '200') = '200' and error ->> 'type' in (
      'invalid_request_error', 'authentication_error', 'billing_error', 'permission_error', 'not_found_error', 'request_too_large'
    ) then false
    when coalesce(error ->> 'status', '') !~ '^[0-9]{3}$' then true
    else (error ->> 'status')::integer in (200, 408, 409, 429) or (error ->> 'status')::integer >= 500
  end
$$;
comment on function agentpg._is_retryable(jsonb) is
  'Whether a failed model call is tried again: x-should-retry first, then the error type, then the HTTP status. Without a status (connection lost, torn stream) it is.';

create function agentpg._model_retry_delay(attempt integer, retry_after interval)
returns interval
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  select case
    when retry_after is not null then greatest(retry_after, interval '0') * (1 + pg_catalog.random() / 10)
    else least(s.model_retry_cap, s.model_retry_base * power(2, least(attempt, 20) - 1)) * (1 - pg_catalog.random() / 2)
  end
  from agentpg.settings s
$$;
comment on function agentpg._model_retry_delay(integer, interval) is
  'Delay before the next attempt: what the API asked for and up to a tenth more, else exponential from model_retry_base to model_retry_cap less up to half.';

create function agentpg._fail_attempt(run agentpg.runs, error jsonb, retry_after interval)
returns agentpg.runs
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
  v_type text := coalesce(nullif(error ->> 'type', ''), 'unknown_error');
  v_message text := left(coalesce(error ->> 'message', ''), 10000);
  v_retry_at timestamptz;
begin
  if agentpg._is_retryable(error) and run.attempt < (select s.max_model_attempts from agentpg.settings s) then
    v_retry_at := v_now + agentpg._model_retry_delay(run.attempt, retry_after);
  end if;
  insert into agentpg.failed_attempts (
    run_id, iteration_id, kind, attempt, instance_id, lease_token, error_type, error_message, details, retry_at, started_at, failed_at
  )
  values (
    run.id, run.iteration_id, 'model', run.attempt, run.claimed_by, run.lease_token, v_type, v_message,
    error - array['type', 'message'], v_retry_at, run.claimed_at, v_now
  );
  if v_retry_at is null then
    return agentpg._finalize_run(run, 'failed', null, v_type, v_message);
  end if;
  update agentpg.runs r
  set state = 'pending', previous_state = r.state, available_at = v_retry_at,
    lease_token = null, lease_expires_at = null, claimed_by = null, claimed_at = null
  where r.id = run.id
  returning r.* into run;
  perform agentpg._announce_state(run);
  return run;
end
$$;
comment on function agentpg._fail_attempt(agentpg.runs, jsonb, interval) is
  'Ends an attempt without an answer: the run waits for the next one, or fails. The caller holds the locks of session and run.';

create function agentpg.record_failure(
  iteration_id uuid,
  lease_token uuid,
  error jsonb,
  retry_after interval default null
)
returns table (state agentpg.run_state, attempt integer, retry_at timestamptz)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_run agentpg.runs;
begin
  if error is null or jsonb_typeof(error) <> 'object' then
    perform agentpg._refuse('AP100', 'error must be a JSON object such as {"type": "overloaded_error", "status": 529, "message": "..."}');
  end if;
  v_run := agentpg._leased_run(record_failure.iteration_id, record_failure.lease_token);
  if v_run.id is not null then
    perform agentpg._fail_attempt(v_run, record_failure.error, record_failure.retry_after);
  end if;

  return query
  select case when f.retry_at is null then 'failed' else 'pending' end::agentpg.run_state, f.attempt, f.retry_at
  from agentpg.failed_attempts f
  where f.run_id = coalesce(
      v_run.id,
      (select r.id from agentpg.runs r where r.iteration_id = record_failure.iteration_id),
      (select t.run_id from agentpg.iterations t where t.id = record_failure.iteration_id)
    )
    and f.iteration_id = record_failure.iteration_id
    and f.lease_token = record_failure.lease_token and f.kind = 'model';
  if not found then
    perform agentpg._refuse_stale(record_failure.iteration_id);
  end if;
end
$$;
comment on function agentpg.record_failure(uuid, uuid, jsonb, interval) is
  'Reports that a claimed model call failed: {type, message, status, error_code, request_id, should_retry}, all optional. The database decides: the run is pending again until retry_at, or failed. Repeating a call that succeeded changes nothing and returns the same. Errors: AP004, AP100, AP202, AP210.';

commit;
