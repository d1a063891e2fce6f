-- Deploy agentpg:batches/claim_batch to pg
-- requires: batches/leased_batch
-- requires: runs/claim_runs
begin;

create type agentpg.batch_request as (
  batch_id uuid,
  lease_token uuid,
  lease_expires_at timestamptz,
  custom_id text,
  params jsonb,
  betas text[]
);
comment on type agentpg.batch_request is
  'One request of a claimed batch: start_batch_submission, POST all {custom_id, params} of the batch_id to /v1/messages/batches, with the betas of all in the header anthropic-beta, then record_batch_submitted or record_batch_error.';

create function agentpg._betas_in(params jsonb)
returns text[]
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if not params ? 'betas' then
    return '{}';
  end if;
  return array(select b.name from jsonb_array_elements_text(params -> 'betas') with ordinality as b(name, place) order by b.place);
end
$$;
comment on function agentpg._betas_in(jsonb) is 'The beta features that a request wants: for the header of the call that creates its batch.';

create function agentpg._gather_is_due(at timestamptz, max_count integer)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_place record;
  v_missing integer := max_count;
begin
  if exists (select from agentpg._claim_places('batch', at - (select s.batch_max_wait from agentpg.settings s))) then
    return true;
  end if;
  -- Place by place: a join may walk through the queues of others.
  for v_place in select p.* from agentpg._claim_places('batch', _gather_is_due.at) p loop
    v_missing := v_missing - (
      select count(*)
      from (
        select from agentpg.runs r
        where r.queue_id = v_place.queue_id and r.priority = v_place.priority
          and (r.ready_at, r.id) >= (v_place.ready_from, v_place.ready_id) and r.ready_at <= _gather_is_due.at
        limit v_missing
      ) due
    );
    if v_missing = 0 then
      return true;
    end if;
  end loop;
  return false;
end
$$;
comment on function agentpg._gather_is_due(timestamptz, integer) is
  'Whether a batch would be full, or a run has waited batch_max_wait.';

create function agentpg._gather(instance_id uuid, max_requests integer, max_bytes bigint)
returns setof agentpg.batch_request
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_now timestamptz := agentpg.now();
  v_batch agentpg.batches;
  v_run agentpg.runs;
  v_request agentpg.batch_request;
  v_bytes bigint;
  v_taken uuid[] := '{}';
begin
  -- One at a time, so that what waits becomes one batch and not one per worker.
  if not pg_try_advisory_xact_lock(1095189584, hashtext('gather a batch')) or not agentpg._gather_is_due(v_now, max_requests) then
    return;
  end if;
  v_batch.id := agentpg._uuid_v7();
  v_batch.request_count := 0;
  v_batch.request_bytes := 0;
  v_request.batch_id := v_batch.id;
  v_request.lease_token := gen_random_uuid();
  select v_now + s.lease_ttl into v_request.lease_expires_at from agentpg.settings s;

  -- Same prefixes side by side, for the provider's cache; the group of the most urgent run first, so that none is
  -- left behind for ever by the limit on bytes.
  for v_run in
    select r.*
    from unnest(agentpg._lock_due_runs('batch', v_now, max_requests)) with ordinality as l(id, place)
    join agentpg.runs r on r.id = l.id
    order by min(l.place) over (partition by r.prefix_id), l.place
  loop
    begin
      v_request.params := agentpg._build_request(v_run, batched => true);
    exception
      when program_limit_exceeded then
        perform agentpg._set_aside(v_run, sqlerrm);
        continue;
    end;
    v_request.betas := agentpg._betas_in(v_request.params);
    v_request.params := v_request.params - 'betas';
    v_bytes := octet_length(v_request.params::text) + 80;
    exit when v_batch.request_bytes + v_bytes > max_bytes and v_batch.request_count > 0;
    if v_run.budget_ids is not null then
      continue when not agentpg._admit(v_run, v_request.params);
      v_request.params := agentpg._capped(v_run.iteration_id, v_request.params);
    end if;
    v_batch.request_count := v_batch.request_count + 1;
    v_batch.request_bytes := v_batch.request_bytes + v_bytes;
    v_taken[v_batch.request_count] := v_run.id;
    v_request.custom_id := agentpg._custom_id(v_batch.id, v_batch.request_count);
    return next v_request;
  end loop;
  if v_batch.request_count = 0 then
    return;
  end if;

  insert into agentpg.batches (id, request_count, request_bytes, lease_token, claimed_by, lease_expires_at, next_poll_at, created_at)
  values (
    v_batch.id, v_batch.request_count, v_batch.request_bytes, v_request.lease_token, _gather.instance_id,
    -- Building the requests may have taken longer than a lease.
    agentpg.now() + (v_request.lease_expires_at - v_now), v_now, v_now
  );
  with taken as (
    update agentpg.runs r
    set state = 'batch_submitting', previous_state = r.state, attempt = r.attempt + 1, started_at = coalesce(r.started_at, v_now),
      batch_id = v_batch.id, batch_ordinal = l.place
    from unnest(v_taken) with ordinality as l(id, place)
    where r.id = l.id
    returning r.id, r.iteration_id, r.batch_ordinal
  )
  insert into agentpg.batch_members (batch_id, ordinal, run_id, iteration_id)
  select v_batch.id, t.batch_ordinal, t.id, t.iteration_id
  from taken t
  order by t.batch_ordinal;
end
$$;
comment on function agentpg._gather(uuid, integer, bigint) is
  'Makes a batch of the due runs, when there are enough or one has waited long enough, and returns its requests; no row when not.';

create function agentpg._take_gathered(instance_id uuid)
returns setof agentpg.batch_request
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_now timestamptz := agentpg.now();
  v_batch agentpg.batches;
  v_request agentpg.batch_request;
  v_run agentpg.runs;
  v_ordinal integer;
begin
  select b.* into v_batch
  from agentpg.batches b
  where b.closed_at is null and b.next_poll_at <= v_now and b.state = 'gathered'
    and (b.lease_token is null or b.lease_expires_at < v_now)
  order by b.next_poll_at
  limit 1
  for no key update skip locked;
  if not found then
    return;
  end if;
  update agentpg.batches b
  set lease_token = gen_random_uuid(), claimed_by = _take_gathered.instance_id, lease_expires_at = v_now + s.lease_ttl
  from agentpg.settings s
  where b.id = v_batch.id
  returning b.id, b.lease_token, b.lease_expires_at
  into v_request.batch_id, v_request.lease_token, v_request.lease_expires_at;

  for v_ordinal, v_run.id in
    select m.ordinal, m.run_id
    from agentpg.batch_members m
    join agentpg.runs r on r.id = m.run_id and r.iteration_id = m.iteration_id and r.batch_id = m.batch_id and r.state = 'batch_submitting'
    where m.batch_id = v_batch.id and m.withdrawn_at is null and m.settled_at is null
    order by m.ordinal
  loop
    select r.* into v_run from agentpg.runs r where r.id = v_run.id;
    v_request.custom_id := agentpg._custom_id(v_batch.id, v_ordinal);
    v_request.params := agentpg._capped(v_run.iteration_id, agentpg._build_request(v_run, batched => true));
    v_request.betas := agentpg._betas_in(v_request.params);
    v_request.params := v_request.params - 'betas';
    return next v_request;
  end loop;
  update agentpg.batches b
  set lease_expires_at = agentpg.now() + (v_request.lease_expires_at - v_now)
  where b.id = v_batch.id and v_request.custom_id is not null;
  if v_request.custom_id is null then
    update agentpg.batches b
    set state = 'abandoned', closed_at = v_now, next_poll_at = null, lease_token = null, claimed_by = null, lease_expires_at = null
    where b.id = v_batch.id;
  end if;
end
$$;
comment on function agentpg._take_gathered(uuid) is
  'The requests of a batch that was gathered and not sent, because its worker was lost or the provider refused it for a while.';

create function agentpg.claim_batch(instance_id uuid, max_requests integer default null, max_bytes bigint default null)
returns setof agentpg.batch_request
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_settings agentpg.settings;
begin
  if max_requests <= 0 or max_bytes <= 0 then
    perform agentpg._refuse('AP108', 'max_requests and max_bytes must be positive', 'leave them out for the limits in agentpg.settings');
  end if;
  perform agentpg._check_instance(instance_id);
  select s.* into v_settings from agentpg.settings s;

  return query select r.* from agentpg._take_gathered(instance_id) r;
  if not found then
    return query
    select r.*
    from agentpg._gather(
      instance_id, least(max_requests, v_settings.batch_max_requests), least(max_bytes, v_settings.batch_max_bytes)
    ) r;
  end if;
end
$$;
comment on function agentpg.claim_batch(uuid, integer, bigint) is
  'Gathers waiting runs in batch mode into one provider batch and returns its requests, held under one lease; no row while there are few and none has waited batch_max_wait. A batch that was not sent before comes first, at its old size. Limits beyond those in settings have no effect. Nothing may be sent before start_batch_submission. Errors: AP007, AP108, AP211.';

commit;
