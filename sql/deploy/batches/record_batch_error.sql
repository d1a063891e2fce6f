-- Deploy agentpg:batches/record_batch_error to pg
-- requires: batches/leased_batch
-- requires: runs/record_failure
begin;

create function agentpg._close_batch(batch_id uuid, state agentpg.batch_state)
returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  update agentpg.batches b
  set state = _close_batch.state, closed_at = agentpg.now(), next_poll_at = null, unknown_since = null,
    lease_token = null, claimed_by = null, lease_expires_at = null
  where b.id = _close_batch.batch_id
$$;
comment on function agentpg._close_batch(uuid, agentpg.batch_state) is 'Nothing more is to be done about the batch.';

create function agentpg._has_open_members(batch_id uuid)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from agentpg.batch_members m
    where m.batch_id = _has_open_members.batch_id and m.settled_at is null and m.withdrawn_at is null and m.result is null
  );
end
$$;
comment on function agentpg._has_open_members(uuid) is 'Whether a member is in the batch and has no result: then it cannot be closed.';

create function agentpg._store_results(batch_id uuid, result jsonb)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- No waiting: whoever holds one may want another.
  with free as (
    select m.batch_id, m.ordinal
    from agentpg.batch_members m
    where m.batch_id = _store_results.batch_id and m.settled_at is null and m.withdrawn_at is null and m.result is null
    for no key update skip locked
  )
  update agentpg.batch_members m
  set result = _store_results.result
  from free f
  where m.batch_id = f.batch_id and m.ordinal = f.ordinal;
  return not agentpg._has_open_members(_store_results.batch_id);
end
$$;
comment on function agentpg._store_results(uuid, jsonb) is
  'Gives every member without a result the same one, for the maintenance to settle. False when somebody is ending one of the runs right now.';

create function agentpg._dissolve_batch(batch_id uuid)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  perform agentpg._advance_members(_dissolve_batch.batch_id, s.state, 'pending')
  from unnest(array['batch_submitting', 'batch_pending', 'batch_processing']::agentpg.run_state[]) as s(state);
  -- Those that somebody holds right now follow by the maintenance. No waiting: whoever holds one may want another.
  with free as (
    select m.batch_id, m.ordinal, r.state in ('batch_submitting', 'batch_pending', 'batch_processing') as inside
    from agentpg.batch_members m
    join agentpg.runs r on r.id = m.run_id
    where m.batch_id = _dissolve_batch.batch_id and m.settled_at is null and m.withdrawn_at is null and m.result is null
    for no key update of m skip locked
  )
  update agentpg.batch_members m
  set result = case when f.inside then '{"type": "released"}'::jsonb end, withdrawn_at = case when not f.inside then agentpg.now() end
  from free f
  where m.batch_id = f.batch_id and m.ordinal = f.ordinal;
  if agentpg._has_open_members(_dissolve_batch.batch_id) then
    return false;
  end if;
  perform agentpg._close_batch(_dissolve_batch.batch_id, 'abandoned');
  return true;
end
$$;
comment on function agentpg._dissolve_batch(uuid) is
  'Gives the batch up: its members wait for another one, and no attempt of theirs counts. False when somebody is ending one of the runs right now: the batch stays, with those alone. The caller holds the batch.';

create function agentpg._split_batch(batch agentpg.batches)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id uuid := agentpg._uuid_v7();
  v_middle integer;
  v_count integer;
begin
  select percentile_disc(0.5) within group (order by m.ordinal) into v_middle
  from agentpg.batch_members m
  where m.batch_id = batch.id and m.settled_at is null and m.withdrawn_at is null;
  insert into agentpg.batches (id, request_count, request_bytes, next_poll_at, created_at, last_error)
  values (v_id, batch.request_count, batch.request_bytes, agentpg.now(), batch.created_at, batch.last_error);
  -- Runs before members, as whoever ends a run takes them; those that somebody ends right now stay.
  with free as (
    select r.id
    from agentpg.batch_members m
    join agentpg.runs r on r.id = m.run_id and r.iteration_id = m.iteration_id and r.batch_id = m.batch_id
    where m.batch_id = batch.id and m.ordinal > v_middle and m.settled_at is null and m.withdrawn_at is null
      and r.state = 'batch_submitting'
    for no key update of r skip locked
  ), moved as (
    update agentpg.runs r
    set batch_id = v_id
    from free f
    where r.id = f.id
    returning r.batch_ordinal
  )
  update agentpg.batch_members m
  set batch_id = v_id
  from moved o
  where m.batch_id = batch.id and m.ordinal = o.batch_ordinal;
  get diagnostics v_count = row_count;
  if v_count = 0 then
    delete from agentpg.batches b where b.id = v_id;
    update agentpg.batches b set next_poll_at = agentpg.now() + agentpg._batch_delay(b.failures) where b.id = batch.id;
    return;
  end if;
  update agentpg.batches b
  set request_count = greatest(1, case when b.id = v_id then v_count else b.request_count - v_count end),
    request_bytes = greatest(1, case
      when b.id = v_id then b.request_bytes * v_count / b.request_count
      else b.request_bytes - b.request_bytes * v_count / b.request_count
    end)
  where b.id in (batch.id, v_id);
end
$$;
comment on function agentpg._split_batch(agentpg.batches) is
  'Half of the members become a batch of their own: the provider refused them as a whole, and the one at fault is found by halving. The caller holds the batch; both parts are sent again.';

create function agentpg._refused_batch(batch agentpg.batches, error jsonb, course text, retry_after interval)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_now timestamptz := agentpg.now();
  v_reason text := left(concat_ws(': ', coalesce(nullif(error ->> 'type', ''), 'unknown_error'), nullif(error ->> 'message', '')), 500);
  v_until timestamptz := v_now + agentpg._batch_delay(batch.failures + 1, retry_after);
  v_queues integer[];
  v_members integer;
begin
  select array_agg(distinct r.queue_id order by r.queue_id), count(*) into v_queues, v_members
  from agentpg.batch_members m
  join agentpg.runs r on r.id = m.run_id and r.iteration_id = m.iteration_id and r.batch_id = m.batch_id
  where m.batch_id = batch.id and m.settled_at is null and m.withdrawn_at is null;

  if course = 'park' then
    perform agentpg._park_queue(q.id, v_reason, coalesce(batch.submission_started_at, v_now)) from unnest(v_queues) as q(id);
    if agentpg._dissolve_batch(batch.id) then
      return;
    end if;
  elsif course = 'fail' and v_members < 2 and agentpg._store_results(batch.id, jsonb_build_object(
    'type', 'errored', 'error', jsonb_build_object('type', 'error', 'error', error || '{"should_retry": false}')
  )) then
    perform agentpg._close_batch(batch.id, 'abandoned');
    return;
  elsif course = 'pause' then
    perform agentpg._pause_queue(q.id, v_until, coalesce(nullif(error ->> 'type', ''), 'unknown_error')) from unnest(v_queues) as q(id);
  end if;
  update agentpg.batches b
  set state = 'gathered', lease_token = null, claimed_by = null, lease_expires_at = null, failures = b.failures + 1,
    next_poll_at = case when _refused_batch.course = 'fail' then v_now else v_until end
  where b.id = batch.id;
  if course = 'fail' then
    perform agentpg._split_batch(batch);
  end if;
end
$$;
comment on function agentpg._refused_batch(agentpg.batches, jsonb, text, interval) is
  'What follows when the provider did not take a batch: sent again later; in halves when it finds a fault with it, until the request at fault is alone and fails; parked when the key, the bill or the permission is at fault. The caller holds the batch.';

create function agentpg.record_batch_error(batch_id uuid, lease_token uuid, error jsonb, retry_after interval default null)
returns table (state agentpg.batch_state, retry_at timestamptz)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
  v_batch agentpg.batches;
  v_course text;
  v_status integer;
begin
  if error is null or jsonb_typeof(error) <> 'object' then
    perform agentpg._refuse('AP100', 'error must be a JSON object such as {"type": "overloaded_error", "status": 529, "message": "..."}');
  end if;
  v_batch := agentpg._leased_batch(record_batch_error.batch_id, record_batch_error.lease_token);
  v_course := agentpg._failure_course(error);
  -- Never null: null and f() calls f, and _store_results does something.
  v_status := case when error ->> 'status' ~ '^[0-9]{3}$' then (error ->> 'status')::integer else 0 end;
  update agentpg.batches b
  set last_error = left(concat_ws(': ', coalesce(nullif(error ->> 'type', ''), 'unknown_error'), nullif(error ->> 'message', '')), 1000)
  where b.id = v_batch.id
  returning b.* into v_batch;

  if v_batch.state in ('gathered', 'submitting') and (
    v_batch.state = 'gathered' or error ->> 'not_sent' = 'true' or v_status = 529 or v_status between 400 and 499 and v_status not in (408, 409)
  ) then
    perform agentpg._refused_batch(v_batch, error, v_course, retry_after);
  elsif v_batch.state = 'submitting' then
    -- No answer is no refusal: the provider may have it.
    update agentpg.batches b
    set state = 'unknown', unknown_since = v_now, failures = b.failures + 1, next_poll_at = v_now + s.batch_settle_time,
      lease_token = null, claimed_by = null, lease_expires_at = null
    from agentpg.settings s
    where b.id = v_batch.id;
  elsif v_status = 404 and (v_batch.failures >= 2 and v_batch.state = 'ended' or v_batch.state = 'submitted' and v_batch.expires_at < v_now)
    -- Deleted or too old: its results will never come.
    and agentpg._store_results(v_batch.id,
      '{"type": "errored", "error": {"type": "error", "error": {"type": "batch_results_gone", "message": "the provider no longer has the batch or its results"}}}')
  then
    perform agentpg._close_batch(v_batch.id, 'abandoned');
  else
    update agentpg.batches b
    set failures = b.failures + 1, cancel_requested_at = case when b.status = 'canceling' then b.cancel_requested_at end,
      next_poll_at = v_now + agentpg._batch_delay(b.failures + 1, record_batch_error.retry_after),
      lease_token = null, claimed_by = null, lease_expires_at = null
    where b.id = v_batch.id;
  end if;
  return query select b.state, b.next_poll_at from agentpg.batches b where b.id = v_batch.id;
end
$$;
comment on function agentpg.record_batch_error(uuid, uuid, jsonb, interval) is
  'Reports that a step of a batch failed: {type, message, status, error_code, should_retry, not_sent}, all optional; not_sent: true says that a POST never left. The database decides when the next step is due, in what state. A POST without a clear refusal may have been accepted: the provider is asked before anything is sent again. No run fails by it, but for the one request at fault. Errors: AP009, AP100, AP210.';

commit;
