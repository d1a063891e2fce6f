-- Deploy agentpg:tools/fail_tool to pg
-- requires: tools/finish_call
-- requires: tools/tool_output
begin;

create function agentpg._tool_retry_delay(attempt integer, jitter numeric)
returns interval
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  select case
    when jitter = 0 then interval '0'
    else greatest(interval '1 second',
      interval '1 second' * power(least(attempt, 100), 4) * (1 + jitter * (2 * pg_catalog.random() - 1)))
  end
$$;
comment on function agentpg._tool_retry_delay(integer, numeric) is
  'Jitter 0: at once. Above: attempt to the fourth power in seconds, varied by the share of jitter, at least one second.';

create function agentpg._log_tool_attempt(
  execution agentpg.tool_executions, kind text, error_type text, message text, retry_at timestamptz
)
returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  insert into agentpg.failed_attempts (
    run_id, iteration_id, tool_execution_id, kind, attempt, instance_id, lease_token, error_type, error_message,
    retry_at, started_at, failed_at
  )
  values (
    execution.run_id, execution.iteration_id, execution.id, _log_tool_attempt.kind, execution.attempt,
    execution.claimed_by, execution.lease_token, _log_tool_attempt.error_type, left(_log_tool_attempt.message, 10000),
    _log_tool_attempt.retry_at, execution.started_at, agentpg.now()
  )
$$;
comment on function agentpg._log_tool_attempt(agentpg.tool_executions, text, text, text, timestamptz) is
  'Writes down an attempt of a tool that gave no result.';

create function agentpg._free_execution(execution agentpg.tool_executions, at timestamptz, attempt integer, snoozes integer, error text)
returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  with freed as (
    update agentpg.tool_executions e
    set state = 'pending', available_at = _free_execution.at, attempt = _free_execution.attempt,
      snooze_count = _free_execution.snoozes, last_error = _free_execution.error,
      lease_token = null, lease_expires_at = null, claimed_by = null, started_at = null
    where e.id = execution.id
    returning e.*
  )
  select agentpg._notify('agentpg_tool_pending', pg_catalog.jsonb_build_object(
    'execution_id', f.id, 'run_id', f.run_id, 'tool_name', f.tool_name, 'is_agent_tool', f.agent_id is not null, 'agent_id', f.agent_id
  ), true)
  from freed f
$$;
comment on function agentpg._free_execution(agentpg.tool_executions, timestamptz, integer, integer, text) is
  'A running tool execution waits again, from the given time on.';

create function agentpg.fail_tool(
  tool_execution_id uuid,
  lease_token uuid,
  error text,
  outcome text default 'retry',
  claim_next boolean default false,
  known jsonb default null
)
returns setof agentpg.run_claim
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
  v_settings agentpg.settings;
  v_jitter numeric;
  v_retry_at timestamptz;
  v_error text := coalesce(nullif(fail_tool.error, ''), 'The tool failed without a message.');
begin
  if coalesce(outcome, '') not in ('retry', 'timeout', 'cancel', 'discard') then
    perform agentpg._refuse('AP100', format('outcome %L is not known', outcome), 'retry, timeout, cancel or discard');
  end if;
  v_execution := agentpg._leased_execution(fail_tool.tool_execution_id, fail_tool.lease_token);
  if v_execution.id is null then
    perform from agentpg.failed_attempts f
    join agentpg.tool_executions e on e.run_id = f.run_id and e.id = f.tool_execution_id
    where e.id = fail_tool.tool_execution_id and f.lease_token = fail_tool.lease_token and f.kind = 'tool'
      -- What a worker reported; a sweep that gives up writes a reason of its own.
      and f.error_type in ('retry', 'timeout', 'cancel', 'discard');
    if not found then
      perform agentpg._refuse_stale_execution(fail_tool.tool_execution_id);
    end if;
    select e.* into v_execution from agentpg.tool_executions e
    where e.id = fail_tool.tool_execution_id and e.lease_token = fail_tool.lease_token;
    return query select c.* from agentpg._handed_out_after(v_execution, fail_tool.known) c where claim_next;
    return;
  end if;

  select s.* into v_settings from agentpg.settings s;
  if outcome in ('retry', 'timeout') and v_execution.attempt < v_execution.max_attempts then
    v_jitter := coalesce(
      (select t.retry_jitter from agentpg.tools t where t.name = v_execution.tool_name), v_settings.tool_retry_jitter
    );
    v_retry_at := agentpg.now() + agentpg._tool_retry_delay(v_execution.attempt, v_jitter);
    if v_retry_at > v_execution.deadline_at then
      v_retry_at := null;
    end if;
  end if;
  perform agentpg._log_tool_attempt(v_execution, 'tool', outcome, v_error, v_retry_at);
  if v_retry_at is not null then
    perform agentpg._free_execution(v_execution, v_retry_at, v_execution.attempt, v_execution.snooze_count, left(v_error, 1000));
    perform agentpg._emit_tool_retried(v_execution, outcome, v_error, v_retry_at);
    return;
  end if;
  return query
  select c.*
  from agentpg._finish_call(
    v_execution, 'failed', agentpg._tool_content(to_jsonb(v_error)), true, left(v_error, 1000),
    case when claim_next then v_execution.claimed_by end, fail_tool.known
  ) c;
end
$$;
comment on function agentpg.fail_tool(uuid, uuid, text, text, boolean, jsonb) is
  'Reports that a claimed tool call failed. Outcome retry or timeout: tried again while attempts and the deadline allow; cancel or discard: never again. At the end the model gets the error text as an error result; claim_next and known as in complete_tool. Repeating a call that succeeded changes nothing. Errors: AP005, AP100, AP202, AP210.';

commit;
