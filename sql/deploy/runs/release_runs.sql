-- Deploy agentpg:runs/release_runs to pg
-- requires: runs/leased_run
-- requires: runs/announce
-- requires: tools/fail_tool
begin;

create function agentpg.release_runs(instance_id uuid, iteration_ids uuid[] default null)
returns integer
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
  v_run agentpg.runs;
  v_events agentpg.run_events[];
  v_count integer := 0;
begin
  for v_run in
    with held as (
      select r.id
      from agentpg.runs r
      where r.watch_at is not null and r.lease_token is not null and r.claimed_by = release_runs.instance_id and r.state = 'streaming'
        and (iteration_ids is null or r.iteration_id = any (release_runs.iteration_ids))
      order by r.id
      for no key update skip locked
    )
    update agentpg.runs r
    set state = 'pending', previous_state = r.state, available_at = v_now, attempt = r.attempt - 1,
      lease_token = null, lease_expires_at = null, claimed_by = null, claimed_at = null, watch_at = null
    from held h
    where r.id = h.id
    returning r.*
  loop
    perform agentpg._announce_state(v_run);
    v_count := v_count + 1;
    if v_run.events then
      v_events := v_events || agentpg._event(v_run, 'superseded',
        jsonb_build_object('attempt', v_run.attempt + 1, 'reason', 'released'), v_run.iteration_id);
    end if;
  end loop;
  perform agentpg._emit_all(v_events);
  return v_count;
end
$$;
comment on function agentpg.release_runs(uuid, uuid[]) is
  'Gives back runs that the instance holds (all, or those at the given iterations) without counting an attempt; others continue them at once. Returns how many.';

create function agentpg.release_tools(instance_id uuid, tool_execution_ids uuid[] default null)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
declare
  v_execution agentpg.tool_executions;
  v_events agentpg.run_events[];
  v_count integer := 0;
begin
  for v_execution in
    select e.*
    from agentpg.tool_executions e
    where e.state = 'running' and e.claimed_by = release_tools.instance_id
      and e.id = any (coalesce(release_tools.tool_execution_ids, array(
        select c.tool_execution_id from agentpg._held_calls(release_tools.instance_id) c
      )))
    order by e.id
    for no key update skip locked
  loop
    perform agentpg._free_execution(
      v_execution, agentpg.now(), v_execution.attempt - 1, v_execution.snooze_count, v_execution.last_error
    );
    v_events := v_events || agentpg._tool_retried(v_execution, 'released', null, agentpg.now());
    v_count := v_count + 1;
  end loop;
  perform agentpg._emit_all(array_remove(v_events, null));
  return v_count;
end
$$;
comment on function agentpg.release_tools(uuid, uuid[]) is
  'Gives back tool executions that the instance holds (all, or the given ones) without counting an attempt. Returns how many.';

commit;
