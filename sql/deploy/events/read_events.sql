-- Deploy agentpg:events/read_events to pg
-- requires: events/emit
-- requires: runs/get_run
begin;

create function agentpg._event_details(event agentpg.run_events)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if event.kind = 'model_call_finished' then
    return (
      select jsonb_build_object(
        'iteration', t.number, 'attempt', t.attempt, 'stop_reason', t.stop_reason, 'tool_calls', t.tool_count,
        'input_tokens', t.input_tokens, 'output_tokens', t.output_tokens, 'cost_usd', t.cost_usd,
        'cache_creation_input_tokens', t.cache_creation_input_tokens, 'cache_read_input_tokens', t.cache_read_input_tokens,
        'text', coalesce(agentpg._content_text(m.content), '')
      )
      from agentpg.iterations t
      join agentpg.run_inputs i on i.run_id = t.run_id
      left join agentpg.messages m on m.session_id = i.session_id and m.seq = t.response_seq
      where t.run_id = event.run_id and t.number = agentpg._iteration_number(event.iteration_id)
    );
  elsif event.kind in ('tool_started', 'tool_finished', 'tool_retried', 'tool_progress') then
    return (
      select jsonb_build_object(
        'tool_use_id', c.tool_use_id, 'name', c.name, 'iteration', c.iteration_number, 'is_agent_tool', c.is_agent_tool,
        'agent_id', c.agent_id, 'child_run_id', c.child_run_id
      ) || case event.kind
        when 'tool_started' then jsonb_build_object('input', coalesce(
          (select a.edited_input from agentpg.tool_approvals a where a.tool_execution_id = c.tool_execution_id), c.input))
        when 'tool_finished' then jsonb_build_object(
          'state', c.state, 'attempt', c.attempt, 'is_error', c.is_error, 'error_message', c.error_message,
          'output', left(c.output, 4096), 'duration', extract(epoch from c.duration)
        )
        else '{}'
      end
      from agentpg.tool_calls c
      where c.run_id = event.run_id and c.tool_execution_id = event.tool_execution_id
    );
  elsif event.kind in ('approval_requested', 'approval_decided') then
    return (
      select jsonb_build_object(
        'tool_use_id', c.tool_use_id, 'name', c.name, 'iteration', c.iteration_number, 'is_agent_tool', c.is_agent_tool, 'input', c.input
      ) || case event.kind
        when 'approval_requested' then jsonb_build_object('reason', a.reason, 'expires_at', a.expires_at, 'input_hash', a.input_hash)
        else jsonb_build_object('decision', a.decision, 'decided_by', a.decided_by, 'note', a.note, 'edited_input', a.edited_input)
      end
      from agentpg.tool_calls c
      join agentpg.tool_approvals a on a.tool_execution_id = c.tool_execution_id
      where c.run_id = event.run_id and c.tool_execution_id = event.tool_execution_id
    );
  elsif event.kind = 'run_started' then
    return (
      select jsonb_build_object(
        'agent_id', i.agent_id, 'agent_name', a.name, 'session_id', i.session_id, 'depth', i.depth,
        'parent_run_id', i.parent_run_id, 'parent_tool_execution_id', i.parent_tool_execution_id,
        'prompt', left(agentpg._content_text(i.content), 4096)
      )
      from agentpg.run_inputs i
      join agentpg.agents a on a.id = i.agent_id
      where i.run_id = event.run_id
    );
  elsif event.kind in ('run_ended', 'run_waiting') then
    return (
      select jsonb_build_object(
        'text', coalesce(d.response_text, ''), 'iterations', d.iteration_count, 'cost_usd', d.cost_usd,
        'input_tokens', d.input_tokens, 'output_tokens', d.output_tokens,
        'cache_creation_input_tokens', d.cache_creation_input_tokens, 'cache_read_input_tokens', d.cache_read_input_tokens
      )
      from agentpg.run_details d
      where d.id = event.run_id
    );
  end if;
  return null;
end
$$;
comment on function agentpg._event_details(agentpg.run_events) is
  'What the tables of the run know of an event, so that it needs no writing twice; null for kinds that say all themselves.';

create function agentpg.read_events(run_id uuid, after bigint default 0, max_count integer default 1000, tree boolean default true)
returns setof agentpg.run_events
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  perform agentpg._check_run(run_id);
  perform agentpg._check_page(max_count);
  return query
  select e.root_run_id, e.seq, e.run_id, e.iteration_id, e.tool_execution_id, e.kind,
    coalesce(e.data, '{}') || coalesce(agentpg._event_details(e), '{}'), e.created_at
  from agentpg.run_events e
  where e.root_run_id = (select coalesce(i.root_run_id, i.run_id) from agentpg.run_inputs i where i.run_id = read_events.run_id)
    and e.seq > coalesce(read_events.after, 0)
    and (coalesce(read_events.tree, true) or e.run_id = read_events.run_id)
  order by e.seq
  limit read_events.max_count;
end
$$;
comment on function agentpg.read_events(uuid, bigint, integer, boolean) is
  'The events of the run''s whole tree, or with tree false of the run alone, after a seq and in order, max_count (1 to 10,000) at most. The seq of the last one read is the cursor: nothing ever appears before it. Errors: AP003, AP108.';

create type agentpg.run_watch as (
  root_run_id uuid,
  events boolean,
  last_seq bigint,
  state agentpg.run_state,
  root_state agentpg.run_state
);
comment on type agentpg.run_watch is 'What watch_run gives: how a run and the run at the top of its tree stand, and how far their event stream goes.';

create function agentpg.watch_run(run_id uuid)
returns agentpg.run_watch
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
  v_watch agentpg.run_watch;
begin
  perform agentpg._check_run(run_id);
  select coalesce(i.root_run_id, i.run_id) into v_watch.root_run_id from agentpg.run_inputs i where i.run_id = watch_run.run_id;
  -- Renewed when it is a third spent, by whoever comes first; nobody waits for the lock.
  with free as (
    select s.root_run_id from agentpg.run_streams s
    where s.root_run_id = v_watch.root_run_id and s.ended_at is null
      and (s.watched_until is null or s.watched_until < v_now + interval '20 seconds')
    for no key update skip locked
  )
  update agentpg.run_streams s set watched_until = v_now + interval '30 seconds' from free f where s.root_run_id = f.root_run_id;
  -- After the renewal: what is committed later is announced.
  select s.last_seq into v_watch.last_seq from agentpg.run_streams s where s.root_run_id = v_watch.root_run_id;
  select r.events, r.state, t.state into v_watch.events, v_watch.state, v_watch.root_state
  from agentpg.runs r, agentpg.runs t
  where r.id = watch_run.run_id and t.id = v_watch.root_run_id;
  v_watch.events := v_watch.events and v_watch.last_seq is not null;
  v_watch.last_seq := coalesce(v_watch.last_seq, 0);
  return v_watch;
end
$$;
comment on function agentpg.watch_run(uuid) is
  'Asks for notifications on agentpg_run_event of new events of the run''s tree, for 30 seconds; call it again at least every 20. Says how the run and the top of its tree stand; events is false when there is no stream: it is switched off for the run, or forgotten. Errors: AP003.';

commit;
