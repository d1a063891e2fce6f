-- Deploy agentpg:runs/record_failure to pg
-- requires: runs/leased_run
-- requires: runs/finalize_run
-- requires: runs/pause_queue
-- requires: runs/budgets
begin;

create function agentpg._failure_course(error jsonb)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_status integer := case when error ->> 'status' ~ '^[0-9]{3}$' then (error ->> 'status')::integer end;
begin
  return case
    when error ->> 'error_code' like '%spend\_limit\_reached' then 'park'
    when v_status in (401, 402, 403) or error ->> 'type' in ('authentication_error', 'billing_error', 'permission_error') then 'park'
    when error ->> 'should_retry' = 'false' then 'fail'
    when v_status in (429, 529) or error ->> 'type' in ('rate_limit_error', 'overloaded_error') then 'pause'
    when error ->> 'should_retry' = 'true' then 'retry'
    when error ->> 'type' in ('api_error', 'timeout_error') then 'retry'
    -- An error event inside a stream has no status of its own.
    when coalesce(v_status, 200) = 200 and error ->> 'type' in ('invalid_request_error', 'not_found_error', 'request_too_large') then 'fail'
    when v_status is null or v_status in (200, 408, 409) or v_status >= 500 then 'retry'
    else 'fail'
  end;
end
$$;
comment on function agentpg._failure_course(jsonb) is
  'What follows from a failed model call. park: the key, the bill or the permission, or a spend limit. pause: the API is busy with this model (429, 529). retry: x-should-retry, 408, 409, 5xx, errors within a 200 stream, and no status at all (a lost connection, a torn stream). fail: the request itself is refused.';

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
  v_course text := agentpg._failure_course(error);
  v_spent integer := 0;
  v_retry_at timestamptz;
  v_shorter agentpg.runs;
  v_gives_up boolean := false;
begin
  -- A header gone wrong must not stop the model for a year.
  if retry_after > interval '1 hour' then
    retry_after := interval '1 hour';
  end if;
  if v_course = 'park' then
    perform agentpg._park_queue(run.queue_id, left(concat_ws(': ', v_type, nullif(v_message, '')), 500), run.claimed_at);
    v_retry_at := v_now;
    v_spent := -1;
  elsif v_course <> 'fail' and run.attempt < (select s.max_model_attempts from agentpg.settings s) then
    v_retry_at := v_now + agentpg._model_retry_delay(run.attempt, retry_after);
  end if;
  -- A request that is too long is not sent again as it was.
  if v_course = 'fail' and run.compaction_id is null and v_message ~* 'prompt is too long|context window' then
    v_shorter := agentpg._compact_overflow(run, (substring(v_message from '([0-9]{1,9}) tokens'))::bigint);
    if v_shorter.id is not null then
      v_retry_at := v_now;
    end if;
  end if;
  if v_retry_at is null and run.compaction_id is not null then
    v_gives_up := true;
    if exists (select from agentpg.compactions c where c.id = run.compaction_id and c.session_id = run.session_id) then
      -- The conversation goes on without the summary.
      v_retry_at := v_now;
    end if;
  end if;
  if v_course = 'pause' then
    perform agentpg._pause_queue(
      run.queue_id, coalesce(v_now + retry_after, v_retry_at, v_now + agentpg._model_retry_delay(run.attempt, null)), v_type
    );
  end if;
  insert into agentpg.failed_attempts (
    run_id, iteration_id, kind, attempt, instance_id, lease_token, error_type, error_message, details, retry_at, started_at, failed_at
  )
  values (
    run.id, run.iteration_id, 'model', run.attempt, run.claimed_by, run.lease_token, v_type, v_message,
    error - array['type', 'message', 'billed'] || agentpg._bill_attempt(run, null, error), v_retry_at, run.claimed_at, v_now
  );
  perform agentpg._emit(run, 'model_call_failed', jsonb_strip_nulls(jsonb_build_object(
    'attempt', run.attempt, 'error_type', v_type, 'error_message', left(v_message, 1000), 'retry_at', v_retry_at
  )), run.iteration_id);
  if v_shorter.id is not null then
    return agentpg._next_iteration(v_shorter);
  elsif v_gives_up then
    return agentpg._give_up_summary(run, v_type, v_message);
  elsif v_retry_at is null then
    return agentpg._finalize_run(run, 'failed', null, v_type, v_message);
  end if;
  update agentpg.runs r
  set state = 'pending', previous_state = r.state, available_at = v_retry_at, attempt = r.attempt + v_spent,
    lease_token = null, lease_expires_at = null, claimed_by = null, claimed_at = null, watch_at = null
  where r.id = run.id
  returning r.* into run;
  perform agentpg._announce_state(run);
  perform agentpg._emit(run, 'superseded', jsonb_build_object('attempt', run.attempt - v_spent, 'reason', 'failed'), run.iteration_id);
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
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
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
  where f.run_id = coalesce(v_run.id, agentpg._run_of_iteration(record_failure.iteration_id))
    and f.iteration_id = record_failure.iteration_id
    and f.lease_token = record_failure.lease_token and f.kind = 'model';
  if not found then
    perform agentpg._refuse_stale(record_failure.iteration_id);
  end if;
end
$$;
comment on function agentpg.record_failure(uuid, uuid, jsonb, interval) is
  'Reports that a claimed model call failed: {type, message, status, error_code, request_id, should_retry}, all optional. The database decides: the run is pending again and tried at retry_at, or failed. 429 and 529 pause the model for the whole fleet; retry_after counts up to an hour; 401, 402, 403 and a spend limit park its runs until resume_parked(), without counting an attempt. Repeating a call that succeeded changes nothing and returns the same. Errors: AP004, AP100, AP202, AP210.';

commit;
