-- Deploy agentpg:runs/claim_runs to pg
-- requires: runs/hand_out_run
-- requires: runs/announce
-- requires: runs/finalize_run
-- requires: registry/register_instance
-- requires: runs/runs_below
-- requires: runs/move_marks
begin;

-- The short list of places to look: each queue that is not paused, at each priority that it ever had, from its mark on.
create function agentpg._claim_places(run_mode agentpg.run_mode, at timestamptz)
returns table (queue_id integer, priority smallint, spread boolean, ready_from timestamptz, ready_id uuid)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
begin
  return query
  select l.queue_id, l.priority, q.next_claim_at is not null, l.ready_from, l.ready_id
  from (
    -- A clock that went back may have left runs behind a mark of a time that is still to come.
    select m.queue_id, m.priority, case when m.made_at <= v_now then m.ready_from else '-infinity' end as ready_from, m.ready_id
    from agentpg._claim_levels(_claim_places.run_mode, _claim_places.at) m
  ) l
  join agentpg.queues q on q.id = l.queue_id
  cross join lateral (
    select r.ready_at, r.id from agentpg.runs r
    where r.queue_id = l.queue_id and r.priority = l.priority and (r.ready_at, r.id) >= (l.ready_from, l.ready_id)
      and r.ready_at <= _claim_places.at
    order by r.ready_at, r.id
    limit 1
  ) head
  order by l.priority desc, head.ready_at, head.id;
end
$$;
comment on function agentpg._claim_places(agentpg.run_mode, timestamptz) is
  'Queues and priorities that have something due, the most urgent first, and from where on to look.';

-- A bucket that earns one claim per resume_spacing and holds twenty.
create function agentpg._earned_claims(queue_id integer, at timestamptz, wanted integer)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_queue agentpg.queues;
  v_spacing interval;
  v_from timestamptz;
  v_earned integer;
begin
  select q.* into v_queue from agentpg.queues q where q.id = _earned_claims.queue_id for no key update skip locked;
  if not found or v_queue.parked_at is not null or v_queue.paused_until > at then
    return 0;
  elsif v_queue.next_claim_at is null then
    return wanted;
  elsif v_queue.spread_until <= at then
    update agentpg.queues q
    set paused_until = null, pause_reason = null, spread_until = null, next_claim_at = null
    where q.id = v_queue.id;
    return wanted;
  end if;
  select s.resume_spacing into v_spacing from agentpg.settings s;
  v_from := greatest(v_queue.next_claim_at, at - 20 * v_spacing);
  v_earned := least(wanted, greatest(0, 1 + floor(extract(epoch from at - v_from) / extract(epoch from v_spacing))::integer));
  if v_earned > 0 then
    update agentpg.queues q set next_claim_at = v_from + v_earned * v_spacing where q.id = v_queue.id;
  end if;
  return v_earned;
end
$$;
comment on function agentpg._earned_claims(integer, timestamptz, integer) is
  'How many runs of a queue may be claimed now while its claims are spread out after a pause; lifts the pause when that is over. None while somebody else is asking.';

create function agentpg._lock_due_runs(run_mode agentpg.run_mode, at timestamptz, max_count integer, run_ids uuid[] default null)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_ids uuid[] := array[]::uuid[];
  v_more uuid[];
  v_place record;
  v_count integer;
begin
  if run_ids is not null then
    run_ids := agentpg._runs_below(run_ids);
    with due as (
      select r.id
      from agentpg.runs r
      join agentpg.queues q on q.id = r.queue_id
      where r.id = any (_lock_due_runs.run_ids) and r.ready_at <= _lock_due_runs.at
        and q.run_mode = _lock_due_runs.run_mode and q.parked_at is null and (q.paused_until is null or q.paused_until <= _lock_due_runs.at)
      order by r.priority desc, r.ready_at, r.id
      limit _lock_due_runs.max_count
      for no key update of r skip locked
    )
    select array_agg(d.id) into v_ids from due d;
    return coalesce(v_ids, '{}');
  end if;
  for v_place in select p.queue_id, p.priority, p.spread, p.ready_from, p.ready_id from agentpg._claim_places(run_mode, at) p loop
    v_count := max_count - cardinality(v_ids);
    -- A batch is one call to the provider, however many runs are in it.
    if v_place.spread and run_mode = 'streaming' then
      v_count := agentpg._earned_claims(v_place.queue_id, at, v_count);
    end if;
    with due as (
      select r.id
      from agentpg.runs r
      where r.queue_id = v_place.queue_id and r.priority = v_place.priority
        and (r.ready_at, r.id) >= (v_place.ready_from, v_place.ready_id) and r.ready_at <= _lock_due_runs.at
      order by r.ready_at, r.id
      limit v_count
      for no key update skip locked
    )
    select array_agg(d.id) into v_more from due d;
    v_ids := v_ids || coalesce(v_more, '{}');
    -- Once in some 32 runs: about a hundred entries are then passed over, and the row costs next to nothing.
    if random() * 32 < coalesce(cardinality(v_more), 0) then
      perform agentpg._move_mark(v_place.queue_id, v_place.priority, at);
    end if;
    exit when cardinality(v_ids) >= max_count;
  end loop;
  return v_ids;
end
$$;
comment on function agentpg._lock_due_runs(agentpg.run_mode, timestamptz, integer, uuid[]) is
  'Locks up to max_count due runs, in order, passing over those that others hold; with run_ids only those and what is below them.';

-- One transcript beyond what Postgres can put together must not keep the others of the claim waiting.
create function agentpg._set_aside(run agentpg.runs, reason text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- The run is locked already: its session, and what is above it, is taken only if nobody holds it.
  if (agentpg._try_lock_run(run.id)).id is not null then
    perform agentpg._finalize_run(run, 'failed', null, 'request_too_large', reason);
  else
    update agentpg.runs r
    set state = 'pending', previous_state = r.state, available_at = agentpg.now() + interval '1 minute',
      attempt = r.attempt - case when r.state = 'pending' then 0 else 1 end,
      lease_token = null, lease_expires_at = null, claimed_by = null, claimed_at = null, watch_at = null
    where r.id = run.id;
  end if;
end
$$;
comment on function agentpg._set_aside(agentpg.runs, text) is
  'Fails a run whose request cannot be built; when its session is busy, in a minute.';

create function agentpg.claim_runs(
  instance_id uuid,
  mode agentpg.run_mode default 'streaming',
  max_count integer default 1,
  run_ids uuid[] default null
)
returns setof agentpg.run_claim
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off
as $$
declare
  v_now timestamptz := agentpg.now();
  v_ids uuid[];
  v_run agentpg.runs;
  v_claim agentpg.run_claim;
  v_left integer := max_count;
  v_held integer;
  v_passed integer := 0;
begin
  perform agentpg._check_page(max_count);
  perform agentpg._check_instance(instance_id);
  if mode is distinct from 'streaming' then
    perform agentpg._refuse('AP900', 'claim_runs hands out streaming runs only', 'claim_batch gathers batch runs into provider batches');
  end if;

  loop
    v_ids := agentpg._lock_due_runs(mode, v_now, v_left, run_ids);
    v_held := 0;
    for v_run in
      with claimed as (
        update agentpg.runs r
        set state = 'streaming', previous_state = r.state, attempt = r.attempt + 1,
          lease_token = gen_random_uuid(), lease_expires_at = v_now + s.lease_ttl, watch_at = least(r.watch_at, v_now + s.lease_ttl),
          claimed_by = claim_runs.instance_id, claimed_at = v_now, started_at = coalesce(r.started_at, v_now)
        from agentpg.settings s
        where r.id = any (v_ids)
        returning r.*
      )
      select c.*
      from claimed c
      join unnest(v_ids) with ordinality as l(id, place) on l.id = c.id
      order by l.place
    loop
      perform agentpg._announce_state(v_run);
      begin
        v_claim := agentpg._hand_out_run(v_run);
      exception
        when program_limit_exceeded then
          perform agentpg._set_aside(v_run, sqlerrm);
          v_held := v_held + 1;
          continue;
      end;
      if v_run.budget_ids is not null then
        if not agentpg._admit(v_run, v_claim.request) then
          v_held := v_held + 1;
          v_passed := v_passed + 1;
          if v_passed > 10 then
            -- In a crowd each waits longer, or they would come again before all of them have been passed.
            update agentpg.runs r set available_at = r.available_at + v_passed * interval '20 milliseconds'
            where r.id = v_run.id and r.state = 'pending';
          end if;
          continue;
        end if;
        v_claim.request := agentpg._capped(v_run.iteration_id, v_claim.request);
      end if;
      v_left := v_left - 1;
      return next v_claim;
    end loop;
    -- Those that could not go on gave up their place in this claim.
    -- Not past all that wait for a budget, however many: the transaction would never end. The next claim goes on.
    exit when v_held = 0 or v_left <= 0 or v_passed >= 300;
  end loop;
end
$$;
comment on function agentpg.claim_runs(uuid, agentpg.run_mode, integer, uuid[]) is
  'Takes up to max_count due runs (1 to 10,000) and returns each with its finished request and a lease; with run_ids only those and the runs of their delegates. Higher priority first, then the longest due. Touches no run that is not due. Errors: AP007, AP108, AP211, AP900.';

commit;
