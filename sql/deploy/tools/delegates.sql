-- Deploy agentpg:tools/delegates to pg
-- requires: tools/finish_call
-- requires: tools/fail_tool
-- requires: tools/tool_output
-- requires: runs/check_options
-- requires: runs/create_run
begin;

create function agentpg._delegate_refusal(parent agentpg.run_inputs, agent agentpg.agents, prefix_id uuid, mode agentpg.run_mode, task text)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_max_depth integer;
begin
  if coalesce(task, '') ~ '^[[:space:]]*$' then
    return 'it takes one text, task, which must not be empty';
  elsif agent.id is null or agent.deleted_at is not null then
    return 'the agent was deleted';
  elsif agent.tenant_id <> coalesce((select p.tenant_id from agentpg.runs r join agentpg.prompt_prefixes p on p.id = r.prefix_id where r.id = parent.run_id), '') then
    return 'the agent belongs to another tenant';
  elsif prefix_id is null then
    return coalesce(format('nobody has registered its tools %s', agentpg._missing_tools(agent.tools)), 'its model does not take its parameters');
  end if;
  select coalesce((i.options ->> 'max_depth')::integer, s.max_depth) into v_max_depth
  from agentpg.settings s, agentpg.run_inputs i
  where i.run_id = coalesce(parent.root_run_id, parent.run_id);
  if parent.depth >= v_max_depth then
    return format('delegates may go %s deep, and this run is there', v_max_depth);
  end if;
  perform agentpg._check_mode(mode, null, p.body) from agentpg.prompt_prefixes p where p.id = prefix_id;
  return null;
exception
  when sqlstate 'AP111' then
    return sqlerrm;
end
$$;
comment on function agentpg._delegate_refusal(agentpg.run_inputs, agentpg.agents, uuid, agentpg.run_mode, text) is
  'Why a delegate cannot start, for the model; null when it can.';

create function agentpg._start_delegate(execution agentpg.tool_executions)
returns text
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
  v_run agentpg.runs;
  v_parent agentpg.run_inputs;
  v_agent agentpg.agents;
  v_queue agentpg.queues;
  v_settings agentpg.settings;
  v_prefix_id uuid;
  v_session_id uuid;
  v_content jsonb;
  v_task text;
  v_refusal text;
  v_child_id uuid := agentpg._new_run_id();
begin
  select r.* into v_run from agentpg.runs r where r.id = execution.run_id;
  select i.* into v_parent from agentpg.run_inputs i where i.run_id = execution.run_id;
  select a.* into v_agent from agentpg.agents a where a.id = execution.agent_id;
  select q.* into v_queue from agentpg.queues q where q.id = v_run.queue_id;
  select s.* into v_settings from agentpg.settings s;
  select case jsonb_typeof(h.input -> 'task') when 'string' then h.input ->> 'task' end into v_task
  from agentpg._hand_out_tools(array[execution.id]) h;
  v_prefix_id := coalesce(v_agent.prefix_id, agentpg._refreeze(v_agent));
  v_refusal := agentpg._delegate_refusal(v_parent, v_agent, v_prefix_id, v_queue.run_mode, v_task);
  if v_refusal is not null then
    return v_refusal;
  end if;

  v_content := jsonb_build_array(jsonb_build_object('type', 'text', 'text', v_task));
  insert into agentpg.sessions as s (parent_session_id, depth, metadata)
  select p.id, p.depth + 1, p.metadata from agentpg.sessions p where p.id = v_run.session_id
  returning s.id into v_session_id;
  insert into agentpg.run_inputs (
    run_id, session_id, turn, agent_id, run_mode, content, variables, request_hash, parent_run_id, parent_tool_execution_id, root_run_id,
    depth, options, max_iterations, max_continuations, tenant_id, created_at
  )
  values (
    v_child_id, v_session_id, 1, v_agent.id, v_queue.run_mode, v_content, v_parent.variables, 0, v_parent.run_id, execution.id,
    coalesce(v_parent.root_run_id, v_parent.run_id), v_parent.depth + 1,
    -- What a person wants to be asked about, he wants to be asked about below too.
    case when v_parent.options ? 'approval' then jsonb_build_object('approval', v_parent.options -> 'approval') end,
    agentpg._run_limit('max_iterations', null, v_agent.config, v_settings.max_iterations),
    agentpg._run_limit('max_continuations', null, v_agent.config, v_settings.max_continuations),
    v_run.tenant_id, v_now
  );
  -- The deadline of the first run is the deadline of the tree; what it ends is ended with all that is below.
  insert into agentpg.runs (id, session_id, iteration_id, prefix_id, available_at, queue_id, priority, blocked, stream_at, budget_ids, tenant_id, events,
    context_tokens, compact_above)
  values (
    v_child_id, v_session_id, agentpg._iteration_id(v_child_id, 1), v_prefix_id, v_now, agentpg._queue_id(v_queue.run_mode, v_agent.model),
    v_run.priority, false, v_run.stream_at, v_run.budget_ids, v_run.tenant_id, v_run.events,
    agentpg._estimated_tokens(v_content), agentpg._compact_above(v_agent.config, null, null, v_agent.model)
  );
  perform agentpg._append_message(v_session_id, 'user', v_content, v_child_id, null, v_run.tenant_id);
  update agentpg.tool_executions e set child_run_id = v_child_id where e.id = execution.id;
  return null;
end
$$;
comment on function agentpg._start_delegate(agentpg.tool_executions) is
  'Makes the session and the run of a delegate, linked both ways: mode, variables, priority and tenant of the run that calls it, nothing of its options but approval, nothing of its conversation. Null, or why it cannot start. The caller holds the locks of session, run and execution.';

create function agentpg._start_delegates(run agentpg.runs, message_seq bigint)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_execution agentpg.tool_executions;
  v_refusal text;
  v_refused integer := 0;
begin
  for v_execution in
    select e.* from agentpg.tool_executions e
    where e.run_id = run.id and e.message_seq = _start_delegates.message_seq and e.agent_id is not null and e.state = 'running'
    order by e.block_index
  loop
    v_refusal := agentpg._start_delegate(v_execution);
    if v_refusal is not null then
      update agentpg.tool_executions e
      set state = 'failed', completed_at = agentpg.now(), is_error = true, last_error = v_refusal,
        result_seq = agentpg._answer_call(run, v_execution.tool_use_id, format('The agent %s was not started: %s.', v_execution.tool_name, v_refusal))
      where e.id = v_execution.id;
      v_refused := v_refused + 1;
    end if;
  end loop;
  return v_refused;
end
$$;
comment on function agentpg._start_delegates(agentpg.runs, bigint) is
  'Starts the delegates that an assistant message calls; those that cannot start are answered with the reason. Returns how many these are.';

create function agentpg._end_delegate(child_run_id uuid, reason text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run agentpg.runs;
begin
  v_run := agentpg._lock_run(child_run_id);
  if v_run.finalized_at is null then
    perform agentpg._finalize_run(v_run, 'cancelled', v_run.stop_reason, 'cancelled', reason);
  end if;
end
$$;
comment on function agentpg._end_delegate(uuid, text) is
  'The call that a delegate answers is closed: its run is cancelled, and with it what is below. The caller holds the locks of the tree above.';

create function agentpg._delegate_answer(run agentpg.runs)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_text text;
begin
  if run.state = 'cancelled' then
    return concat_ws(' ', 'The agent was cancelled.', nullif(run.error_message, 'cancelled'));
  elsif run.state = 'failed' then
    return format('The agent failed: %s.', concat_ws(': ', run.error_type, nullif(run.error_message, '')));
  elsif run.stop_reason = 'refusal' then
    return 'The agent declined to answer.';
  end if;
  select nullif(btrim(agentpg._content_text(m.content)), '') into v_text
  from agentpg.messages m
  where m.session_id = run.session_id
    and m.seq = (select max(t.response_seq) from agentpg.iterations t where t.run_id = run.id);
  return concat_ws(E'\n\n', coalesce(v_text, 'The agent gave no text.'),
    case when run.stop_reason not in ('end_turn', 'stop_sequence') then format('[The agent stopped early: %s.]', run.stop_reason) end);
end
$$;
comment on function agentpg._delegate_answer(agentpg.runs) is 'What the model is told of a delegate''s run that has ended.';

create function agentpg._answer_parent(run agentpg.runs, tool_execution_id uuid)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_execution agentpg.tool_executions;
  v_answer text;
  v_is_error boolean := run.state <> 'completed' or run.stop_reason = 'refusal';
begin
  select e.* into v_execution from agentpg.tool_executions e where e.id = _answer_parent.tool_execution_id for no key update;
  -- Closed from above, or another attempt runs by now.
  if v_execution.completed_at is not null or v_execution.child_run_id <> run.id then
    return;
  end if;
  v_answer := agentpg._delegate_answer(run);
  if run.state = 'failed' and v_execution.attempt < v_execution.max_attempts then
    perform agentpg._log_tool_attempt(v_execution, 'tool', 'retry', v_answer, agentpg.now());
    update agentpg.tool_executions e
    set attempt = e.attempt + 1, started_at = agentpg.now(), last_error = left(v_answer, 1000)
    where e.id = v_execution.id;
    if agentpg._start_delegate(v_execution) is null then
      perform agentpg._emit_tool_retried(v_execution, 'failed', v_answer, agentpg.now());
      perform agentpg._emit(r, 'run_started')
      from agentpg.tool_executions e join agentpg.runs r on r.id = e.child_run_id
      where e.id = v_execution.id;
      return;
    end if;
  end if;
  perform agentpg._finish_call(
    v_execution, case when run.state = 'completed' then 'completed' else 'failed' end::agentpg.tool_execution_state,
    agentpg._tool_content(to_jsonb(v_answer)), v_is_error, case when v_is_error then left(v_answer, 1000) end, null
  );
end
$$;
comment on function agentpg._answer_parent(agentpg.runs, uuid) is
  'A delegate''s run has ended: its text or its error is the result of the call, once; a failed one is tried again while attempts remain. The caller holds the locks of the tree above.';

commit;
