-- Deploy agentpg:tools/claim_tool_executions to pg
-- requires: tools/open_calls
-- requires: registry/register_instance
-- requires: runs/runs_below
-- requires: events/emit_tools
begin;

create function agentpg._lock_due_tools(instance_id uuid, at timestamptz, max_count integer)
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
begin
  for v_place in
    select it.tool_name
    from agentpg.instance_tools it
    cross join lateral (
      select e.ready_at, e.id from agentpg.tool_executions e
      where e.tool_name = it.tool_name and e.ready_at <= _lock_due_tools.at
      order by e.ready_at, e.id
      limit 1
    ) head
    where it.instance_id = _lock_due_tools.instance_id
    order by head.ready_at, head.id
  loop
    with due as (
      select e.id
      from agentpg.tool_executions e
      where e.tool_name = v_place.tool_name and e.ready_at <= _lock_due_tools.at
      order by e.ready_at, e.id
      limit max_count - cardinality(v_ids)
      for no key update skip locked
    )
    select array_agg(d.id) into v_more from due d;
    v_ids := v_ids || coalesce(v_more, '{}');
    exit when cardinality(v_ids) >= max_count;
  end loop;
  return v_ids;
end
$$;
comment on function agentpg._lock_due_tools(uuid, timestamptz, integer) is
  'Locks up to max_count due executions of the tools that the instance offers, passing over those that others hold. One probe per offered tool, however long the backlog.';

-- The calls are locked, and whoever moves the timer of a run on locks its calls: so it cannot be moved meanwhile.
create function agentpg._with_watched_runs(tool_execution_ids uuid[], until timestamptz)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_run_ids uuid[];
  v_untils timestamptz[];
  v_late boolean[];
  v_lowered uuid[];
begin
  select array_agg(e.run_id order by w.place), array_agg(u.until order by w.place), array_agg(coalesce(r.watch_at > u.until, true) order by w.place)
  into v_run_ids, v_untils, v_late
  from unnest(tool_execution_ids) with ordinality as w(id, place)
  cross join lateral (select e.run_id, e.deadline_at from agentpg.tool_executions e where e.id = w.id limit 1) e
  cross join lateral (select r.watch_at from agentpg.runs r where r.id = e.run_id limit 1) r
  cross join lateral (select least(_with_watched_runs.until, e.deadline_at) as until) u;
  if true = any (v_late) is not true then
    return tool_execution_ids;
  end if;
  with late as (
    select l.run_id, min(l.until) as until from unnest(v_run_ids, v_untils, v_late) as l(run_id, until, late) where l.late group by l.run_id
  ), free as (
    select r.id, l.until
    from late l
    join agentpg.runs r on r.id = l.run_id
    order by r.id
    for no key update of r skip locked
  ), lowered as (
    update agentpg.runs r set watch_at = least(r.watch_at, f.until) from free f where r.id = f.id returning r.id
  )
  select array_agg(l.id) into v_lowered from lowered l;
  return array(
    select w.id
    from unnest(tool_execution_ids, v_run_ids, v_late) with ordinality as w(id, run_id, late, place)
    where not w.late or w.run_id = any (v_lowered)
    order by w.place
  );
end
$$;
comment on function agentpg._with_watched_runs(uuid[], timestamptz) is
  'Those of the tool executions whose run is looked at no later than a lease until then, or their deadline, ends: its timer is lowered where it is later, unless somebody holds the run. The caller holds the locks of the executions.';

create function agentpg.claim_tool_executions(instance_id uuid, max_count integer default 1, run_ids uuid[] default null)
returns setof agentpg.tool_claim
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
declare
  v_now timestamptz := agentpg.now();
  v_ids uuid[] := array[]::uuid[];
  v_due uuid[];
  v_free uuid[];
  v_below uuid[];
  v_until timestamptz;
begin
  perform agentpg._check_page(max_count);
  perform agentpg._check_instance(instance_id);
  select v_now + s.lease_ttl into v_until from agentpg.settings s;

  if run_ids is not null then
    v_below := agentpg._runs_below(claim_tool_executions.run_ids);
  end if;
  for v_round in 1 .. 10 loop
    if run_ids is null then
      v_due := agentpg._lock_due_tools(instance_id, v_now, max_count - cardinality(v_ids));
    else
      with due as (
        select e.id
        from agentpg.tool_executions e
        where e.run_id = any (v_below) and e.ready_at <= v_now
          and exists (
            select from agentpg.instance_tools it
            where it.instance_id = claim_tool_executions.instance_id and it.tool_name = e.tool_name
          )
        order by e.ready_at, e.id
        limit claim_tool_executions.max_count - cardinality(v_ids)
        for no key update skip locked
      )
      select coalesce(array_agg(d.id), '{}') into v_due from due d;
    end if;
    exit when v_due = '{}';
    -- It waits for nobody: one transaction that holds a stream must not keep a worker from the tools of all other runs.
    v_free := agentpg._with_free_streams(v_due);
    if cardinality(v_free) < cardinality(v_due) then
      -- Mostly somebody tells what a model says just now, and is done in a moment.
      perform pg_sleep(0.02);
      v_free := agentpg._with_free_streams(v_due);
    end if;
    v_free := agentpg._with_watched_runs(v_free, v_until);
    update agentpg.tool_executions e
    set state = 'running', attempt = e.attempt + 1, lease_token = gen_random_uuid(),
      lease_expires_at = v_until, claimed_by = claim_tool_executions.instance_id, started_at = v_now
    where e.id = any (v_free);
    v_ids := v_ids || v_free;
    exit when cardinality(v_free) = cardinality(v_due);
    -- The others give up their place.
    update agentpg.tool_executions e
    set available_at = agentpg.now() + interval '0.1 seconds' * (1 + random())
    where e.id = any (v_due) and e.id <> all (v_free);
    exit when cardinality(v_ids) >= max_count;
  end loop;
  perform agentpg._emit_tools_started(v_ids);
  return query select c.* from agentpg._hand_out_tools(v_ids) c;
end
$$;
comment on function agentpg.claim_tool_executions(uuid, integer, uuid[]) is
  'Takes up to max_count due executions of tools that the instance registered (1 to 10,000), the longest due first, of those due together the first made, and returns each with its input and a lease; with run_ids only those of these runs and of their delegates. Waits for nobody: calls of a tree whose event stream somebody holds, or of a run that somebody holds and that is to be watched sooner, are due again in a moment. Errors: AP007, AP108, AP211.';

commit;
