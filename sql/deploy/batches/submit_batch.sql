-- Deploy agentpg:batches/submit_batch to pg
-- requires: batches/claim_batch
begin;

create function agentpg.start_batch_submission(batch_id uuid, lease_token uuid)
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
begin
  v_batch := agentpg._leased_batch(start_batch_submission.batch_id, start_batch_submission.lease_token);
  if v_batch.state not in ('gathered', 'submitting') then
    perform agentpg._refuse('AP200', format('batch %s is %s', v_batch.id, v_batch.state), 'only a gathered batch is sent',
      jsonb_build_object('batch_id', v_batch.id));
  end if;
  -- Committed before anything is sent: from now on only the provider can say that it has no such batch.
  if v_batch.state = 'gathered' then
    update agentpg.batches b
    set state = 'submitting', submission_token = v_batch.lease_token, submission_started_at = v_now,
      submissions = b.submissions + 1, candidates = '{}', lease_expires_at = v_now + s.lease_ttl
    from agentpg.settings s
    where b.id = v_batch.id;
  end if;
  -- Who left is not sent, so nothing more is expected of it.
  update agentpg.batch_members m
  set settled_at = v_now
  where m.batch_id = v_batch.id and m.withdrawn_at is not null and m.settled_at is null;
  return query
  select agentpg._custom_id(m.batch_id, m.ordinal)
  from agentpg.batch_members m
  where m.batch_id = v_batch.id and m.withdrawn_at is not null and m.result_type is null
  order by m.ordinal;
end
$$;
comment on function agentpg.start_batch_submission(uuid, uuid) is
  'Call it right before the POST: writes down that the batch may be sent from now on. Returns the custom_ids whose runs ended meanwhile: leave them out, and when none is left call release_batches. Errors: AP009, AP200, AP210 (do not send).';

create function agentpg._check_provider_batch(batch jsonb)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if coalesce(jsonb_typeof(batch), 'none') <> 'object' or coalesce(batch ->> 'id', '') = ''
    or coalesce(batch ->> 'processing_status', '') not in ('in_progress', 'canceling', 'ended')
  then
    perform agentpg._refuse('AP115', 'not a MessageBatch: it needs an id and a processing_status',
      'pass the body of the answer of the Message Batches API as it came; report failures with record_batch_error');
  end if;
end
$$;
comment on function agentpg._check_provider_batch(jsonb) is 'AP115 unless it looks like a MessageBatch of the API.';

create function agentpg._lifetime(batch jsonb)
returns interval
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce((batch ->> 'expires_at')::timestamptz - (batch ->> 'created_at')::timestamptz, interval '24 hours');
exception
  when data_exception then
    return interval '24 hours';
end
$$;
comment on function agentpg._lifetime(jsonb) is
  'How long the provider works on a batch: a difference of its own times, so that no two clocks are compared.';

create function agentpg.record_batch_submitted(batch_id uuid, lease_token uuid, batch jsonb)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
  v_batch agentpg.batches;
begin
  perform agentpg._check_provider_batch(batch);
  select b.* into v_batch from agentpg.batches b where b.id = record_batch_submitted.batch_id for no key update;
  if not found then
    perform agentpg._refuse('AP009', format('no batch has id %s', coalesce(batch_id::text, 'null')), null, jsonb_build_object('batch_id', batch_id));
  elsif v_batch.submission_token is distinct from record_batch_submitted.lease_token
    or v_batch.provider_batch_id <> batch ->> 'id'
  then
    perform agentpg._refuse('AP210', format('batch %s was sent again by another worker', v_batch.id),
      'cancel the provider batch that this call was about', jsonb_build_object('batch_id', v_batch.id, 'provider_batch_id', batch ->> 'id'));
  elsif v_batch.provider_batch_id is not null then
    return;
  end if;
  perform agentpg._check_owner(v_batch.id, batch ->> 'id');

  -- Who sent it knows, even when its lease has lapsed: better a late answer than a batch that is paid for twice.
  update agentpg.batches b
  set state = 'submitted', provider_batch_id = batch ->> 'id', status = (batch ->> 'processing_status')::agentpg.batch_status,
    submitted_at = v_now, expires_at = v_now + agentpg._lifetime(batch), unknown_since = null, closed_at = null,
    failures = 0, last_error = null, candidates = '{}',
    lease_token = null, claimed_by = null, lease_expires_at = null, next_poll_at = v_now + agentpg._poll_delay(b)
  where b.id = v_batch.id;
  perform agentpg._advance_members(v_batch.id, 'batch_submitting', 'batch_pending');
end
$$;
comment on function agentpg.record_batch_submitted(uuid, uuid, jsonb) is
  'Records that the provider accepted the batch: the MessageBatch as it came. Counts also when the lease has lapsed since the POST, as long as nobody sent the batch again. Repeating it changes nothing. Errors: AP009, AP100 (another batch of ours), AP115, AP210 (cancel that provider batch).';

commit;
