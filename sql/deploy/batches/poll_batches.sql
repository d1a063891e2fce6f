-- Deploy agentpg:batches/poll_batches to pg
-- requires: batches/record_batch_error
-- requires: batches/submit_batch
-- requires: maintenance/leadership
begin;

create type agentpg.batch_task as (
  batch_id uuid,
  lease_token uuid,
  lease_expires_at timestamptz,
  task text,
  provider_batch_id text,
  request_count integer,
  submission_started_at timestamptz
);
comment on type agentpg.batch_task is
  'What is to be done about a batch. retrieve: GET it, record_batch_status. ingest: GET its results, record_batch_results, record_batch_ingested. reconcile: list the provider''s batches back to submission_started_at, record_batch_candidates. cancel: POST its cancellation, record_batch_status. What fails: record_batch_error.';

create function agentpg.claim_batch_polls(instance_id uuid, max_count integer default 1)
returns setof agentpg.batch_task
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
  v_settings agentpg.settings;
begin
  perform agentpg._check_page(max_count);
  perform agentpg._check_instance(instance_id);
  select s.* into v_settings from agentpg.settings s;

  -- Whoever was sending them is gone, unless it was the database that was away: then they renew first, as in
  -- run_maintenance, or what is on its way would be sent twice. The provider gets time to list what it accepted.
  with lost as (
    select b.id from agentpg.batches b
    where b.closed_at is null and b.state = 'submitting' and b.lease_expires_at < v_now and agentpg._may_rescue(v_now)
    for no key update skip locked
  )
  update agentpg.batches b
  set state = 'unknown', unknown_since = b.lease_expires_at, next_poll_at = b.lease_expires_at + v_settings.batch_settle_time,
    last_error = 'its worker was lost while it sent it', lease_token = null, claimed_by = null, lease_expires_at = null
  from lost l
  where b.id = l.id;

  return query
  with due as (
    select b.id from agentpg.batches b
    where b.closed_at is null and b.next_poll_at <= v_now and b.state in ('unknown', 'submitted', 'ended')
      and (b.lease_token is null or b.lease_expires_at < v_now)
    order by b.next_poll_at
    limit claim_batch_polls.max_count
    for no key update skip locked
  )
  update agentpg.batches b
  set lease_token = gen_random_uuid(), claimed_by = claim_batch_polls.instance_id, lease_expires_at = v_now + v_settings.lease_ttl
  from due d
  where b.id = d.id
  returning b.id, b.lease_token, b.lease_expires_at,
    case b.state when 'unknown' then 'reconcile' when 'submitted' then 'retrieve' else 'ingest' end,
    b.provider_batch_id, b.request_count, b.submission_started_at;
end
$$;
comment on function agentpg.claim_batch_polls(uuid, integer) is
  'Takes up to max_count batches that are due for a look, whoever sent them, each with the next step and a lease: see type batch_task. Errors: AP007, AP108, AP211.';

create function agentpg.claim_batch_cancellations(instance_id uuid, max_count integer default 1)
returns setof agentpg.batch_task
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
begin
  perform agentpg._check_page(max_count);
  perform agentpg._check_instance(instance_id);
  return query
  with due as (
    select b.id from agentpg.batches b, agentpg.settings s
    where b.closed_at is null and b.state = 'submitted' and b.status = 'in_progress'
      -- Whoever was to ask the provider may have been lost before it did.
      and (b.cancel_requested_at is null or b.cancel_requested_at < v_now - s.lease_ttl)
      and (b.lease_token is null or b.lease_expires_at < v_now)
      and (b.failures = 0 or b.next_poll_at <= v_now)
      and exists (select from agentpg.batch_members m where m.batch_id = b.id and m.withdrawn_at is not null)
      and not exists (
        select from agentpg.batch_members m where m.batch_id = b.id and m.withdrawn_at is null and m.settled_at is null
      )
    order by b.next_poll_at
    limit claim_batch_cancellations.max_count
    for no key update of b skip locked
  )
  update agentpg.batches b
  set lease_token = gen_random_uuid(), claimed_by = claim_batch_cancellations.instance_id, lease_expires_at = v_now + s.lease_ttl,
    cancel_requested_at = v_now
  from due d, agentpg.settings s
  where b.id = d.id
  returning b.id, b.lease_token, b.lease_expires_at, 'cancel', b.provider_batch_id, b.request_count, b.submission_started_at;
end
$$;
comment on function agentpg.claim_batch_cancellations(uuid, integer) is
  'Takes up to max_count batches at the provider whose members have all left: nobody wants their answers any more. Errors: AP007, AP108, AP211.';

create function agentpg.record_batch_status(batch_id uuid, lease_token uuid, batch jsonb)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
  v_batch agentpg.batches;
  v_ended boolean := batch ->> 'processing_status' = 'ended';
begin
  perform agentpg._check_provider_batch(batch);
  v_batch := agentpg._leased_batch(record_batch_status.batch_id, record_batch_status.lease_token);
  if v_batch.provider_batch_id is distinct from batch ->> 'id' or v_batch.state not in ('submitted', 'ended') then
    perform agentpg._refuse('AP100', format('batch %s is %s at the provider, not %s', v_batch.id, coalesce(v_batch.provider_batch_id, 'nothing'), batch ->> 'id'), null,
      jsonb_build_object('batch_id', v_batch.id));
  end if;

  if v_ended and jsonb_typeof(batch -> 'archived_at') = 'string' then
    update agentpg.batches b
    set state = 'ended', status = 'ended', ended_at = coalesce(b.ended_at, v_now), last_error = 'archived: the provider keeps results for 29 days',
      next_poll_at = v_now + agentpg._batch_delay(1), lease_token = null, claimed_by = null, lease_expires_at = null
    where b.id = v_batch.id;
    if not agentpg._store_results(v_batch.id,
      '{"type": "errored", "error": {"type": "error", "error": {"type": "batch_results_gone", "message": "the provider keeps results for 29 days"}}}')
    then
      return 'wait';
    end if;
    perform agentpg._close_batch(v_batch.id, 'abandoned');
    return 'closed';
  elsif v_ended then
    update agentpg.batches b
    set state = 'ended', status = 'ended', ended_at = coalesce(b.ended_at, v_now), result_counts = case when jsonb_typeof(batch -> 'request_counts') = 'object' then batch -> 'request_counts' end,
      failures = case when b.state = 'ended' then b.failures else 0 end, postponed = false, next_poll_at = v_now, lease_expires_at = v_now + s.lease_ttl
    from agentpg.settings s
    where b.id = v_batch.id;
    return 'ingest';
  end if;
  update agentpg.batches b
  set status = (batch ->> 'processing_status')::agentpg.batch_status, failures = 0, last_error = null,
    next_poll_at = v_now + agentpg._poll_delay(b), lease_token = null, claimed_by = null, lease_expires_at = null
  where b.id = v_batch.id;
  perform agentpg._advance_members(v_batch.id, 'batch_submitting', 'batch_pending');
  perform agentpg._advance_members(v_batch.id, 'batch_pending', 'batch_processing');
  return 'wait';
end
$$;
comment on function agentpg.record_batch_status(uuid, uuid, jsonb) is
  'Records what the provider says of a batch: the MessageBatch as it came. Returns ingest: go on with its results under the same lease; wait: the lease is over, it is looked at again later; closed: its results are gone, its runs are tried again. Errors: AP009, AP100, AP115, AP210.';

commit;
