-- Deploy agentpg:batches/reconcile_batch to pg
-- requires: batches/poll_batches
begin;

create function agentpg._may_be(listed jsonb, request_count bigint, earliest timestamptz, latest timestamptz)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(agentpg._count_requests(listed -> 'request_counts') = request_count, true)
    and coalesce((listed ->> 'created_at')::timestamptz between earliest and latest, true);
exception
  when data_exception then
    return true;
end
$$;
comment on function agentpg._may_be(jsonb, bigint, timestamptz, timestamptz) is
  'Whether a batch that the provider lists has as many requests and was made within these times; what cannot be read excludes nothing.';

create function agentpg._break_up(batch agentpg.batches)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_members integer;
begin
  select count(*) into v_members from agentpg.batch_members m
  where m.batch_id = batch.id and m.settled_at is null and m.withdrawn_at is null;
  if v_members > 1 then
    perform agentpg._split_batch(batch);
  elsif agentpg._store_results(batch.id, jsonb_build_object('type', 'errored', 'error', jsonb_build_object('type', 'error', 'error', jsonb_build_object(
    'type', 'batch_not_accepted', 'should_retry', false,
    'message', concat_ws(': ', format('sent %s times, never accepted', batch.submissions), batch.last_error)
  ))))
  then
    perform agentpg._close_batch(batch.id, 'abandoned');
  end if;
end
$$;
comment on function agentpg._break_up(agentpg.batches) is
  'A batch that the provider never takes, while it takes others, is sent in halves, until the request at fault is alone and fails. The caller holds the batch.';

create function agentpg.record_batch_candidates(batch_id uuid, lease_token uuid, candidates jsonb)
returns setof text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
  v_batch agentpg.batches;
  v_settings agentpg.settings;
  v_count integer;
  v_open text[];
  v_ended text[];
begin
  if candidates is null or jsonb_typeof(candidates) <> 'array' then
    perform agentpg._refuse('AP100', 'candidates must be a JSON array of MessageBatch objects as the provider lists them');
  end if;
  v_batch := agentpg._leased_batch(record_batch_candidates.batch_id, record_batch_candidates.lease_token);
  if v_batch.state <> 'unknown' then
    perform agentpg._refuse('AP200', format('batch %s is %s', v_batch.id, v_batch.state), 'only an unknown batch is looked for',
      jsonb_build_object('batch_id', v_batch.id));
  end if;
  select s.* into v_settings from agentpg.settings s;
  select count(*) into v_count
  from agentpg.batch_members m
  where m.batch_id = v_batch.id and m.settled_at is null;

  -- The provider tells neither names nor ids of what a batch holds before its end: only how much, and since when.
  -- Its clock and ours may differ by some minutes.
  select array_agg(f.id) filter (where not f.ended), array_agg(f.id) filter (where f.ended) into v_open, v_ended
  from (
    select c.batch ->> 'id' as id, c.batch ->> 'processing_status' = 'ended' as ended
    from jsonb_array_elements(record_batch_candidates.candidates) as c(batch)
    where c.batch ->> 'id' is not null
      and agentpg._may_be(
        c.batch, v_count, v_batch.submission_started_at - interval '5 minutes', v_batch.unknown_since + interval '5 minutes'
      )
      and c.batch ->> 'id' <> all (v_batch.disproved)
      and not exists (select from agentpg.batches k where k.provider_batch_id = c.batch ->> 'id')
  ) f;

  if v_ended is not null then
    update agentpg.batches b set candidates = coalesce(v_open, '{}') || v_ended where b.id = v_batch.id;
    return query select e.id from unnest(v_ended) as e(id);
  elsif v_open is null and v_now >= v_batch.unknown_since + v_settings.batch_settle_time then
    -- Not there: it is sent again.
    update agentpg.batches b
    set state = 'gathered', unknown_since = null, candidates = '{}', next_poll_at = v_now,
      lease_token = null, claimed_by = null, lease_expires_at = null
    where b.id = v_batch.id
    returning b.* into v_batch;
    -- The provider took others meanwhile: what stops this one may be in it.
    if v_batch.submissions >= v_settings.max_model_attempts
      and exists (select from agentpg.batches k where k.id > v_batch.id and k.submitted_at > v_batch.created_at)
    then
      perform agentpg._break_up(v_batch);
    end if;
  else
    update agentpg.batches b
    set candidates = coalesce(v_open, '{}'), failures = 0,
      next_poll_at = greatest(v_now + agentpg._poll_delay(b), v_batch.unknown_since + v_settings.batch_settle_time),
      lease_token = null, claimed_by = null, lease_expires_at = null
    where b.id = v_batch.id;
  end if;
end
$$;
comment on function agentpg.record_batch_candidates(uuid, uuid, jsonb) is
  'For a batch of which it is not known whether the provider has it: the batches that the provider lists, back to submission_started_at. Returns the ids of ended ones that may be it: read the first line of their results and report it with record_batch_proof under the same lease. No row: one that may be it is still in progress, and the batch is looked at again later; or there is none, and it is sent again: in halves after max_model_attempts, when the provider took others meanwhile. Errors: AP009, AP100, AP200, AP210.';

create function agentpg.record_batch_proof(batch_id uuid, lease_token uuid, provider_batch_id text, custom_id text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
  v_batch agentpg.batches;
  v_ours boolean;
begin
  if coalesce(provider_batch_id, '') = '' then
    perform agentpg._refuse('AP100', 'provider_batch_id is missing');
  end if;
  v_batch := agentpg._leased_batch(record_batch_proof.batch_id, record_batch_proof.lease_token);
  if v_batch.state <> 'unknown' then
    perform agentpg._refuse('AP200', format('batch %s is %s', v_batch.id, v_batch.state), 'only an unknown batch is looked for',
      jsonb_build_object('batch_id', v_batch.id));
  end if;
  v_ours := agentpg._ordinal(v_batch.id, record_batch_proof.custom_id) is not null;
  if v_ours then
    perform agentpg._check_owner(v_batch.id, record_batch_proof.provider_batch_id);
    update agentpg.batches b
    set state = 'submitted', provider_batch_id = record_batch_proof.provider_batch_id, status = 'in_progress', submitted_at = b.submission_started_at,
      expires_at = b.submission_started_at + interval '24 hours', unknown_since = null, candidates = '{}', failures = 0, last_error = null,
      next_poll_at = v_now, lease_token = null, claimed_by = null, lease_expires_at = null
    where b.id = v_batch.id;
    perform agentpg._advance_members(v_batch.id, 'batch_submitting', 'batch_pending');
  else
    update agentpg.batches b
    set disproved = array_append(b.disproved, record_batch_proof.provider_batch_id),
      candidates = array_remove(b.candidates, record_batch_proof.provider_batch_id), next_poll_at = v_now
    where b.id = v_batch.id;
  end if;
  return v_ours;
end
$$;
comment on function agentpg.record_batch_proof(uuid, uuid, text, text) is
  'The custom_id of any result of a provider batch, or null when it has none to show. One of ours proves that the batch is this one: it is adopted, the lease is over, true. Otherwise false: go on with the next candidate, then record_batch_candidates again. Errors: AP009, AP100, AP200, AP210.';

commit;
