-- Deploy agentpg:maintenance/rescue to pg
-- requires: runs/finalize_run
-- requires: runs/leased_run
-- requires: tools/finish_call
-- requires: tools/fail_tool
begin;

create function agentpg._rescue_run(run_id uuid)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := agentpg.now();
  v_run agentpg.runs;
  v_again boolean;
begin
  v_run := agentpg._try_lock_run(run_id);
  if v_run.lease_token is null or v_run.state <> 'streaming' or v_run.lease_expires_at >= v_now then
    return false;
  end if;
  v_again := v_run.rescue_attempts < (select s.max_rescue_attempts from agentpg.settings s);
  insert into agentpg.failed_attempts (
    run_id, iteration_id, kind, attempt, instance_id, lease_token, error_type, error_message, retry_at, started_at, failed_at
  )
  values (
    v_run.id, v_run.iteration_id, 'rescue', v_run.attempt, v_run.claimed_by, v_run.lease_token, 'lease_expired',
    'the worker was not heard of in time', case when v_again then v_now end, v_run.claimed_at, v_now
  );
  if not v_again then
    if v_run.compaction_id is not null then
      perform agentpg._give_up_summary(v_run, 'rescue_failed', format('%s workers were lost during one model call', v_run.rescue_attempts + 1));
    else
      perform agentpg._finalize_run(v_run, 'failed', null, 'rescue_failed',
        format('%s workers were lost during one model call', v_run.rescue_attempts + 1));
    end if;
    return true;
  end if;
  -- The attempt is given back: it counts against the rescues, not against the answers of the API.
  update agentpg.runs r
  set state = 'pending', previous_state = r.state, available_at = v_now, attempt = r.attempt - 1,
    rescue_attempts = r.rescue_attempts + 1, last_rescue_at = v_now,
    lease_token = null, lease_expires_at = null, claimed_by = null, claimed_at = null, watch_at = null
  where r.id = v_run.id
  returning r.* into v_run;
  perform agentpg._announce_state(v_run);
  perform agentpg._emit(v_run, 'superseded', jsonb_build_object('attempt', v_run.attempt + 1, 'reason', 'worker_lost'), v_run.iteration_id);
  return true;
end
$$;
comment on function agentpg._rescue_run(uuid) is
  'Takes a run from a worker whose lease expired: pending again, or failed with rescue_failed after too many, which costs no more than the summary when it was to write one. False when there was nothing to do.';

create function agentpg._try_lock_execution(tool_execution_id uuid)
returns agentpg.tool_executions
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run agentpg.runs;
  v_execution agentpg.tool_executions;
begin
  v_run := agentpg._try_lock_run(
    (select e.run_id from agentpg.tool_executions e where e.id = _try_lock_execution.tool_execution_id)
  );
  if v_run.id is not null then
    select e.* into v_execution from agentpg.tool_executions e
    where e.id = _try_lock_execution.tool_execution_id
    for no key update skip locked;
  end if;
  return v_execution;
end
$$;
comment on function agentpg._try_lock_execution(uuid) is
  'A tool execution, locked after its session and run; null when somebody holds one of the locks.';

create function agentpg._rescue_execution(tool_execution_id uuid)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := agentpg.now();
  v_execution agentpg.tool_executions;
begin
  v_execution := agentpg._try_lock_execution(tool_execution_id);
  if v_execution.state is distinct from 'running' or v_execution.lease_expires_at >= v_now then
    return false;
  end if;
  if v_execution.attempt < v_execution.max_attempts then
    perform agentpg._log_tool_attempt(v_execution, 'rescue', 'lease_expired', 'the worker was not heard of in time', v_now);
    perform agentpg._free_execution(v_execution, v_now, v_execution.attempt, v_execution.snooze_count, 'its worker was lost');
    perform agentpg._emit_tool_retried(v_execution, 'worker_lost', null, v_now);
  else
    perform agentpg._log_tool_attempt(v_execution, 'rescue', 'lease_expired', 'the worker was not heard of in time', null);
    perform agentpg._finish_call(
      v_execution, 'failed', to_jsonb('The tool did not finish: its worker was lost.'::text), true, 'its worker was lost', null
    );
  end if;
  return true;
end
$$;
comment on function agentpg._rescue_execution(uuid) is
  'Takes a tool execution from a worker whose lease expired: tried again while attempts remain, else the model gets an error result. False when there was nothing to do.';

create function agentpg._watch_on(at timestamptz, max_count integer)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_run record;
  v_next timestamptz;
  v_count integer;
  v_calls integer;
begin
  with due as (
    select r.id
    from agentpg.runs r
    where r.watch_at < _watch_on.at and r.lease_expires_at >= _watch_on.at
    order by r.watch_at
    limit max_count
    for no key update skip locked
  )
  update agentpg.runs r set watch_at = r.lease_expires_at from due d where r.id = d.id;
  get diagnostics v_count = row_count;
  for v_run in
    select r.id, r.open_tools
    from agentpg.runs r
    where r.watch_at < _watch_on.at and r.lease_token is null
    order by r.watch_at
    limit max_count
    for no key update skip locked
  loop
    -- All that is open is locked, or somebody may just be claiming it.
    select count(*), min(least(c.lease_expires_at, c.deadline_at)) filter (where c.lease_token is not null) into v_calls, v_next
    from (
      select e.lease_token, e.lease_expires_at, e.deadline_at
      from agentpg.tool_executions e
      where e.run_id = v_run.id and e.completed_at is null
        and e.message_seq = (select max(l.message_seq) from agentpg.tool_executions l where l.run_id = v_run.id)
      for no key update skip locked
    ) c;
    if v_calls = v_run.open_tools and coalesce(v_next >= _watch_on.at, true) then
      update agentpg.runs r set watch_at = v_next where r.id = v_run.id;
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end
$$;
comment on function agentpg._watch_on(timestamptz, integer) is
  'Runs whose time to be looked at has come and that nothing is wrong with are looked at again when the first lease of theirs, or of one of their calls, as it is by now, or the deadline of such a call ends; never, when nobody holds anything of them. Passes over what somebody holds. Returns how many.';

commit;
