-- Deploy agentpg:maintenance/run_maintenance to pg
-- requires: maintenance/heartbeat
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
    perform agentpg._finalize_run(v_run, 'failed', null, 'rescue_failed',
      format('%s workers were lost during one model call', v_run.rescue_attempts + 1));
    return true;
  end if;
  -- The attempt is given back: it counts against the rescues, not against the answers of the API.
  update agentpg.runs r
  set state = 'pending', previous_state = r.state, available_at = v_now, attempt = r.attempt - 1,
    rescue_attempts = r.rescue_attempts + 1, last_rescue_at = v_now,
    lease_token = null, lease_expires_at = null, claimed_by = null, claimed_at = null
  where r.id = v_run.id
  returning r.* into v_run;
  perform agentpg._announce_state(v_run);
  return true;
end
$$;
comment on function agentpg._rescue_run(uuid) is
  'Takes a run from a worker whose lease expired: pending again, or failed with rescue_failed after too many. False when there was nothing to do.';

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

create function agentpg._give_up_unserved(tool_execution_id uuid)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_execution agentpg.tool_executions;
begin
  v_execution := agentpg._try_lock_execution(tool_execution_id);
  if v_execution.state is distinct from 'pending' then
    return false;
  end if;
  perform agentpg._finish_call(
    v_execution, 'failed', to_jsonb(format('The tool %s is not available: no worker offers it.', v_execution.tool_name)), true,
    'no worker offers the tool', null
  );
  return true;
end
$$;
comment on function agentpg._give_up_unserved(uuid) is 'A call of a tool that nobody offers gets an error result.';

create function agentpg.run_maintenance(instance_id uuid default null)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := agentpg.now();
  v_settings agentpg.settings;
  v_id uuid;
  v_runs integer := 0;
  v_tools integer := 0;
  v_unserved integer := 0;
  v_instances integer := 0;
begin
  if instance_id is not null then
    perform agentpg._check_instance(instance_id);
  end if;
  select s.* into v_settings from agentpg.settings s;
  -- Each step looks at most at 100 rows of an index that holds only open work; the next call goes on.
  for v_id in
    select r.id from agentpg.runs r
    where r.lease_token is not null and r.lease_expires_at < v_now
    order by r.lease_expires_at limit 100
  loop
    v_runs := v_runs + agentpg._rescue_run(v_id)::integer;
  end loop;
  for v_id in
    select e.id from agentpg.tool_executions e
    where e.state = 'running' and e.lease_expires_at < v_now
    order by e.lease_expires_at limit 100
  loop
    v_tools := v_tools + agentpg._rescue_execution(v_id)::integer;
  end loop;
  delete from agentpg.instances i where i.last_heartbeat_at < v_now - v_settings.instance_ttl;
  get diagnostics v_instances = row_count;
  for v_id in
    select e.id from agentpg.tool_executions e
    where e.state = 'pending' and e.available_at < v_now - v_settings.unserved_tool_timeout
      and not exists (select from agentpg.instance_tools it where it.tool_name = e.tool_name)
    order by e.available_at limit 100
  loop
    v_unserved := v_unserved + agentpg._give_up_unserved(v_id)::integer;
  end loop;
  return jsonb_build_object(
    'rescued_runs', v_runs, 'rescued_tools', v_tools, 'unserved_tools', v_unserved, 'removed_instances', v_instances
  );
end
$$;
comment on function agentpg.run_maintenance(uuid) is
  'Takes work from workers whose leases expired, answers calls of tools that nobody offers, forgets silent instances. Safe from anywhere, any number at once; a call does a bounded amount. Returns counts. Errors: AP007, AP211 (with an instance).';

commit;
