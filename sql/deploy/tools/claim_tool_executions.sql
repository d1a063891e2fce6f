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
      select e.available_at, e.id from agentpg.tool_executions e
      where e.tool_name = it.tool_name and e.state = 'pending' and e.available_at <= _lock_due_tools.at
      order by e.available_at, e.id
      limit 1
    ) head
    where it.instance_id = _lock_due_tools.instance_id
    order by head.available_at, head.id
  loop
    with due as (
      select e.id
      from agentpg.tool_executions e
      where e.tool_name = v_place.tool_name and e.state = 'pending' and e.available_at <= _lock_due_tools.at
      order by e.available_at, e.id
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
begin
  perform agentpg._check_page(max_count);
  perform agentpg._check_instance(instance_id);

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
        where e.run_id = any (v_below) and e.state = 'pending' and e.available_at <= v_now
          and exists (
            select from agentpg.instance_tools it
            where it.instance_id = claim_tool_executions.instance_id and it.tool_name = e.tool_name
          )
        order by e.available_at, e.id
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
    update agentpg.tool_executions e
    set state = 'running', attempt = e.attempt + 1, lease_token = gen_random_uuid(),
      lease_expires_at = v_now + s.lease_ttl, claimed_by = claim_tool_executions.instance_id, started_at = v_now
    from agentpg.settings s
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
  'Takes up to max_count due executions of tools that the instance registered (1 to 10,000), the longest due first, of those due together the first made, and returns each with its input and a lease; with run_ids only those of these runs and of their delegates. Waits for nobody: calls of a tree whose event stream somebody holds are due again in a moment. Errors: AP007, AP108, AP211.';

commit;
