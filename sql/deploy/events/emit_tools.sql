-- Deploy agentpg:events/emit_tools to pg
-- requires: events/emit
-- requires: tools/tool_executions
begin;

create function agentpg._emit_tools_started(tool_execution_ids uuid[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_events agentpg.run_events[];
begin
  select array_agg(agentpg._event(r, 'tool_started', jsonb_build_object('attempt', e.attempt), e.iteration_id, e.id)
    order by e.message_seq, e.block_index)
  into v_events
  from agentpg.tool_executions e
  join agentpg.runs r on r.id = e.run_id
  where e.id = any (tool_execution_ids) and r.events;
  perform agentpg._emit_all(v_events);
end
$$;
comment on function agentpg._emit_tools_started(uuid[]) is 'Says of tool executions that they were claimed just now.';

create function agentpg._with_free_streams(tool_execution_ids uuid[])
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_free uuid[];
begin
  with told as (
    select e.id, coalesce(i.root_run_id, i.run_id) as root_run_id
    from agentpg.tool_executions e
    join agentpg.runs r on r.id = e.run_id
    join agentpg.run_inputs i on i.run_id = e.run_id
    where e.id = any (tool_execution_ids) and r.events
  ), free as (
    select s.root_run_id from agentpg.run_streams s
    where s.root_run_id in (select t.root_run_id from told t)
    order by s.root_run_id
    for no key update skip locked
  )
  select array(
    select w.id from unnest(tool_execution_ids) with ordinality as w(id, place)
    where not exists (
      select from told t
      where t.id = w.id and t.root_run_id not in (select f.root_run_id from free f)
        and exists (select from agentpg.run_streams s where s.root_run_id = t.root_run_id)
    )
    order by w.place
  ) into v_free;
  return v_free;
end
$$;
comment on function agentpg._with_free_streams(uuid[]) is
  'Those of the tool executions whose event stream nobody else holds, or that have none; the streams are locked.';

create function agentpg._answer_events(run agentpg.runs, said jsonb)
returns agentpg.run_events[]
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select (null, null, run.id, run.iteration_id, null, s.item ->> 'kind', coalesce(s.item -> 'data', '{}'), null)::agentpg.run_events
    from jsonb_array_elements(case jsonb_typeof(said) when 'array' then said else '[]' end) with ordinality as s(item, place)
    order by s.place
  ) || (null, null, run.id, run.iteration_id, null, 'model_call_finished', null, null)::agentpg.run_events;
end
$$;
comment on function agentpg._answer_events(agentpg.runs, jsonb) is
  'For _emit_in_tree: the last that the model said, and that its call has finished.';

create function agentpg._emit_finished(run agentpg.runs, said jsonb)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if run.events then
    perform agentpg._emit_in_tree(run, agentpg._answer_events(run, said));
  end if;
end
$$;
comment on function agentpg._emit_finished(agentpg.runs, jsonb) is
  'Says the last that the model said, and that its call has finished; nothing for a run without a stream.';

create function agentpg._emit_answer(run agentpg.runs, message_seq bigint, said jsonb)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_call agentpg.tool_executions;
  v_events agentpg.run_events[];
begin
  if not run.events then
    return;
  end if;
  v_events := agentpg._answer_events(run, said);
  for v_call in
    select e.* from agentpg.tool_executions e
    where e.run_id = run.id and e.message_seq = _emit_answer.message_seq
    order by e.block_index
  loop
    if v_call.state = 'running' or (v_call.agent_id is not null and not v_call.asked) then
      v_events := v_events || (
        null, null, run.id, run.iteration_id, v_call.id, 'tool_started', jsonb_build_object('attempt', v_call.attempt), null
      )::agentpg.run_events;
    end if;
    if v_call.child_run_id is not null then
      v_events := v_events || (null, null, v_call.child_run_id, null, null, 'run_started', null, null)::agentpg.run_events;
    end if;
    if v_call.state in ('failed', 'awaiting_approval') then
      v_events := v_events || (
        null, null, run.id, run.iteration_id, v_call.id,
        case v_call.state when 'failed' then 'tool_finished' else 'approval_requested' end, null, null
      )::agentpg.run_events;
    end if;
  end loop;
  perform agentpg._emit_in_tree(run, v_events);
end
$$;
comment on function agentpg._emit_answer(agentpg.runs, bigint, jsonb) is
  'Says the last that the model said, that its call was answered, and of its tool calls which have begun with the answer, delegates among them, which have failed already, and which wait for a person.';

create function agentpg._emit_end(run agentpg.runs)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_events agentpg.run_events[];
begin
  if not run.events then
    return;
  end if;
  -- A run skips its open calls once, at its end.
  if run.previous_state = 'pending_tools' and run.state <> 'completed' then
    select array_agg(agentpg._event(run, 'tool_finished', null, e.iteration_id, e.id) order by e.message_seq, e.block_index)
    into v_events
    from agentpg.tool_executions e
    where e.run_id = run.id and e.state = 'skipped';
    perform agentpg._emit_all(v_events);
  end if;
  perform agentpg._emit(run, 'run_ended', jsonb_strip_nulls(jsonb_build_object(
    'state', run.state, 'stop_reason', run.stop_reason, 'error_type', run.error_type, 'error_message', left(run.error_message, 1000)
  )));
end
$$;
comment on function agentpg._emit_end(agentpg.runs) is 'Says that a run has ended, and which of its tool calls with it.';

create function agentpg._emit_approval(kind text, execution agentpg.tool_executions)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._emit(r, _emit_approval.kind, null, execution.iteration_id, execution.id)
  from agentpg.runs r
  where r.id = execution.run_id and r.events;
end
$$;
comment on function agentpg._emit_approval(text, agentpg.tool_executions) is 'Says that approval of a tool call was requested or decided.';

create function agentpg._tool_retried(execution agentpg.tool_executions, reason text, error text, retry_at timestamptz)
returns agentpg.run_events
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select agentpg._event(r, 'tool_retried', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
    'attempt', execution.attempt, 'reason', _tool_retried.reason, 'error', left(_tool_retried.error, 1000),
    'retry_at', _tool_retried.retry_at
  )), execution.iteration_id, execution.id)
  from agentpg.runs r
  where r.id = execution.run_id and r.events
$$;
comment on function agentpg._tool_retried(agentpg.tool_executions, text, text, timestamptz) is
  'The event that an attempt of a tool call ended without a result and it waits again; null for a run without events.';

create function agentpg._emit_tool_retried(execution agentpg.tool_executions, reason text, error text, retry_at timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._emit_all(array_remove(array[agentpg._tool_retried(execution, reason, error, retry_at)], null));
end
$$;
comment on function agentpg._emit_tool_retried(agentpg.tool_executions, text, text, timestamptz) is
  'Says that an attempt of a tool call ended without a result and it waits again.';

commit;
