-- Deploy agentpg:tools/close_open_calls to pg
-- requires: tools/tool_executions
-- requires: conversation/append_message
begin;

-- Whoever claims or gives back a call below tells the stream of the tree of it, and may wait for it: so all that is
-- below is held before the first end is told.
create function agentpg._lock_below(run_id uuid)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_child_run_id uuid;
begin
  for v_child_run_id in
    select e.child_run_id from agentpg.tool_executions e
    where e.run_id = _lock_below.run_id and e.completed_at is null and e.child_run_id is not null
    order by e.child_run_id
  loop
    perform from agentpg.sessions s
    where s.id = (select i.session_id from agentpg.run_inputs i where i.run_id = v_child_run_id)
    for no key update;
    perform from agentpg.runs r where r.id = v_child_run_id for no key update;
    perform from agentpg.tool_executions e
    where e.run_id = v_child_run_id and e.completed_at is null
    order by e.id
    for no key update;
    perform agentpg._lock_below(v_child_run_id);
  end loop;
end
$$;
comment on function agentpg._lock_below(uuid) is
  'Locks the delegates that a run waits for, from the top down, with their open calls. The caller holds the locks of session and run.';

create function agentpg._try_lock_below(run_id uuid)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_execution agentpg.tool_executions;
begin
  for v_execution in
    select e.* from agentpg.tool_executions e
    where e.run_id = _try_lock_below.run_id and e.completed_at is null
    order by e.id
  loop
    perform from agentpg.tool_executions e where e.id = v_execution.id for no key update skip locked;
    if not found then
      return false;
    end if;
    continue when v_execution.child_run_id is null;
    perform from agentpg.sessions s
    where s.id = (select i.session_id from agentpg.run_inputs i where i.run_id = v_execution.child_run_id)
    for no key update skip locked;
    if not found then
      return false;
    end if;
    perform from agentpg.runs r where r.id = v_execution.child_run_id for no key update skip locked;
    if not found or not agentpg._try_lock_below(v_execution.child_run_id) then
      return false;
    end if;
  end loop;
  return true;
end
$$;
comment on function agentpg._try_lock_below(uuid) is
  'As _lock_below, with the open calls of the run itself, but false when somebody holds one of the locks: for sweeps, which hold event streams that those who hold these locks may wait for.';

create function agentpg._close_open_calls(run agentpg.runs, reason text)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_last bigint;
  v_count integer;
begin
  perform from agentpg.tool_executions e
  where e.run_id = run.id and e.completed_at is null
  order by e.id
  for no key update;
  if not found then
    return 0;
  end if;
  perform agentpg._lock_below(run.id);
  select coalesce(max(m.seq), 0) into v_last from agentpg.messages m where m.session_id = run.session_id;

  with open_call as (
    select e.id, e.tool_use_id, e.iteration_id, v_last + row_number() over (order by e.message_seq, e.block_index) as seq
    from agentpg.tool_executions e
    where e.run_id = run.id and e.completed_at is null
  ), answered as (
    insert into agentpg.messages (session_id, seq, role, content, run_id, iteration_id, tenant_id)
    select run.session_id, o.seq, 'user', agentpg._tool_result(o.tool_use_id, to_jsonb(reason), true),
      run.id, o.iteration_id, run.tenant_id
    from open_call o
  )
  update agentpg.tool_executions e
  set state = 'skipped', completed_at = agentpg.now(), result_seq = o.seq, is_error = true, last_error = reason
  from open_call o
  where e.id = o.id;
  get diagnostics v_count = row_count;
  -- From the top down: what is below answers nobody any more.
  perform agentpg._end_delegate(e.child_run_id, reason)
  from agentpg.tool_executions e
  where e.run_id = run.id and e.result_seq > v_last and e.child_run_id is not null
  order by e.child_run_id;
  return v_count;
end
$$;
comment on function agentpg._close_open_calls(agentpg.runs, text) is
  'Every open tool call of the run gets an error result and is skipped, so that the transcript stays valid; delegates that still run are cancelled. Returns how many. The caller holds the locks of session and run.';

commit;
