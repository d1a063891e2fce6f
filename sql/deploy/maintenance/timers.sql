-- Deploy agentpg:maintenance/timers to pg
-- requires: maintenance/rescue
-- requires: runs/claim_runs
-- requires: runs/next_iteration
-- requires: tools/approve_tool
begin;

create function agentpg._give_up_call(tool_execution_id uuid, reason text, error text)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_execution agentpg.tool_executions;
begin
  v_execution := agentpg._try_lock_execution(tool_execution_id);
  if v_execution.id is null or v_execution.completed_at is not null then
    return false;
  end if;
  -- Somebody may have come for it since the sweep looked.
  if error = 'not_offered' and (
    v_execution.state <> 'pending'
    or exists (select from agentpg.instance_tools it where it.tool_name = v_execution.tool_name)
  ) then
    return false;
  end if;
  -- An approval begins the time of the call anew.
  if error = 'deadline_exceeded' and v_execution.deadline_at >= agentpg.now() then
    return false;
  elsif v_execution.state = 'awaiting_approval' then
    perform agentpg._expire_approval(v_execution);
    return true;
  end if;
  perform agentpg._log_tool_attempt(v_execution, 'tool', error, reason, null);
  perform agentpg._finish_call(v_execution, 'failed', to_jsonb(reason), true, error, null);
  return true;
end
$$;
comment on function agentpg._give_up_call(uuid, text, text) is
  'Ends a tool call that has waited or worked too long; the model gets the reason as an error result. False when somebody holds it or it has ended.';

create function agentpg._end_overdue_run(run_id uuid)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run agentpg.runs;
begin
  v_run := agentpg._try_lock_run(run_id);
  if v_run.id is null or v_run.finalized_at is not null or v_run.deadline_at > agentpg.now() then
    return false;
  end if;
  if not agentpg._try_lock_below(v_run.id) then
    return false;
  end if;
  if v_run.state = 'awaiting_input' then
    -- It has answered; nobody continued it in time.
    perform agentpg._finalize_run(v_run, 'completed', v_run.stop_reason);
  else
    perform agentpg._finalize_run(v_run, 'failed', null, 'deadline_exceeded', format('not finished by %s', v_run.deadline_at));
  end if;
  return true;
end
$$;
comment on function agentpg._end_overdue_run(uuid) is 'Fails a run whose deadline has passed; one that waits for input is completed as it is. False when somebody holds it or something below it, or it has ended.';

-- A loose scan over the tool names with something pending: one probe a name, however long the backlog.
create function agentpg._waiting_tools(before timestamptz)
returns table (tool_name text, offered boolean)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  with recursive name as (
    (select e.tool_name from agentpg.tool_executions e where e.ready_at is not null order by e.tool_name limit 1)
    union all
    select n.next
    from name
    cross join lateral (
      select e.tool_name as next from agentpg.tool_executions e
      where e.ready_at is not null and e.tool_name > name.tool_name
      order by e.tool_name limit 1
    ) n
  )
  select name.tool_name, exists (select from agentpg.instance_tools it where it.tool_name = name.tool_name)
  from name
  where exists (
    select from agentpg.tool_executions e
    where e.tool_name = name.tool_name and e.ready_at < _waiting_tools.before
  );
end
$$;
comment on function agentpg._waiting_tools(timestamptz) is
  'Tools with a call that has been due since before the given time, and whether a live instance offers them.';

create function agentpg._mark_unoffered(at timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_name text;
begin
  for v_name in
    select t.name
    from agentpg._waiting_tools(at) w
    join agentpg.tools t on t.name = w.tool_name
    where not w.offered and t.unoffered_since is null
  loop
    perform from agentpg.tools t where t.name = v_name for no key update skip locked;
    continue when not found;
    -- A registration holds the same row: one that has ended since is seen by this statement, a later one clears the mark.
    update agentpg.tools t set unoffered_since = _mark_unoffered.at
    where t.name = v_name and not exists (select from agentpg.instance_tools it where it.tool_name = v_name);
  end loop;
end
$$;
comment on function agentpg._mark_unoffered(timestamptz) is
  'Notes since when no live instance offers a tool that calls wait for; register_tools clears it.';

create function agentpg._unserved_calls(before timestamptz, max_count integer)
returns table (tool_execution_id uuid, tool_name text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  select due.id, w.tool_name
  from agentpg._waiting_tools(_unserved_calls.before) w
  join agentpg.tools t on t.name = w.tool_name and t.unoffered_since < _unserved_calls.before
  cross join lateral (
    select e.id from agentpg.tool_executions e
    where e.tool_name = w.tool_name and e.ready_at < _unserved_calls.before
    order by e.ready_at
    limit _unserved_calls.max_count
  ) due
  where not w.offered
  limit _unserved_calls.max_count;
end
$$;
comment on function agentpg._unserved_calls(timestamptz, integer) is
  'Calls that have been due since before the given time and whose tool has been offered by no live instance since then.';

-- A wake-up can be swallowed by the gate, or come while nobody had a free slot.
create function agentpg._nudge(before timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from agentpg._claim_places('streaming', before)) then
    perform agentpg._notify('agentpg_run_state', '{"run_id": null, "session_id": null, "agent_id": null, "state": "pending", "previous_state": "pending", "parent_run_id": null}', true);
  end if;
  perform agentpg._notify('agentpg_tool_pending', jsonb_build_object(
    'execution_id', null, 'run_id', null, 'tool_name', w.tool_name, 'is_agent_tool', false, 'agent_id', null
  ), true)
  from agentpg._waiting_tools(before) w
  where w.offered;
end
$$;
comment on function agentpg._nudge(timestamptz) is 'Wakes executors again when something has been due since before the given time.';

create function agentpg._stream_due_runs(max_count integer)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_run agentpg.runs;
  v_count integer := 0;
begin
  for v_run in
    with due as (
      select r.id from agentpg.runs r
      where r.streams_at <= agentpg.now()
      order by r.streams_at
      limit max_count
      for no key update skip locked
    )
    update agentpg.runs r
    set queue_id = agentpg._next_queue(r), stream_at = null
    from due d
    where r.id = d.id
    returning r.*
  loop
    v_count := v_count + 1;
    if not v_run.blocked then
      perform agentpg._announce_state(v_run);
    end if;
  end loop;
  return v_count;
end
$$;
comment on function agentpg._stream_due_runs(integer) is
  'Runs in batch mode whose moment has come and which no batch holds go over to streaming. Returns how many.';

commit;
