-- Deploy agentpg:tools/snooze_tool to pg
-- requires: tools/fail_tool
begin;

create function agentpg.snooze_tool(
  tool_execution_id uuid,
  lease_token uuid,
  delay interval,
  error text default null
)
returns timestamptz
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
  v_at timestamptz;
  v_reason text;
begin
  if delay is null or delay < '0' then
    perform agentpg._refuse('AP108', format('the delay is %s; it must not be negative', coalesce(delay::text, 'null')));
  end if;
  v_execution := agentpg._leased_execution(snooze_tool.tool_execution_id, snooze_tool.lease_token);
  if v_execution.id is null then
    select f.retry_at into v_at
    from agentpg.failed_attempts f
    join agentpg.tool_executions e on e.run_id = f.run_id and e.id = f.tool_execution_id
    where e.id = snooze_tool.tool_execution_id and f.lease_token = snooze_tool.lease_token and f.kind = 'snooze';
    if not found then
      perform agentpg._refuse_stale_execution(snooze_tool.tool_execution_id);
    end if;
    return v_at;
  end if;

  select s.* into v_settings from agentpg.settings s;
  v_at := agentpg.now() + delay;
  v_reason := case
    when v_execution.snooze_count >= v_settings.tool_max_snoozes then format('snoozed %s times', v_execution.snooze_count)
    when v_at > v_execution.deadline_at then format('not finished within %s', v_settings.tool_deadline)
  end;
  perform agentpg._log_tool_attempt(
    v_execution, 'snooze', case when v_reason is null then 'snooze' else 'snooze_limit' end, snooze_tool.error,
    case when v_reason is null then v_at end
  );
  if v_reason is null then
    perform agentpg._free_execution(v_execution, v_at, v_execution.attempt - 1, v_execution.snooze_count + 1, left(snooze_tool.error, 1000));
    perform agentpg._emit_tool_retried(v_execution, 'snoozed', snooze_tool.error, v_at);
    return v_at;
  end if;
  perform agentpg._finish_call(
    v_execution, 'failed', to_jsonb(concat_ws(' ', format('The tool gave up: %s.', v_reason), snooze_tool.error)), true,
    concat_ws(': ', v_reason, left(snooze_tool.error, 1000)), null
  );
  return null;
end
$$;
comment on function agentpg.snooze_tool(uuid, uuid, interval, text) is
  'Puts a claimed tool call back for a delay without spending an attempt; returns when it is due. Null when the limit of snoozes or the deadline ended it instead: the model gets an error result. Repeating a call that succeeded changes nothing and returns the same. Errors: AP005, AP108, AP202, AP210.';

commit;
