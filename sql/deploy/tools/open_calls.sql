-- Deploy agentpg:tools/open_calls to pg
-- requires: tools/tool_executions
-- requires: conversation/append_message
-- requires: registry/register_instance
-- requires: core/notify
-- requires: registry/approval_rules
-- requires: tools/tool_approvals
begin;

create type agentpg.tool_claim as (
  tool_execution_id uuid,
  lease_token uuid,
  lease_expires_at timestamptz,
  run_id uuid,
  session_id uuid,
  tool_use_id text,
  tool_name text,
  input jsonb,
  variables jsonb,
  attempt integer,
  events boolean
);
comment on type agentpg.tool_claim is
  'A claimed tool call: run the tool with input, then complete_tool, fail_tool or snooze_tool with the id and lease_token before the lease expires (heartbeat renews it).';

create function agentpg._tool_calls_in(content jsonb)
returns table (block_index integer, tool_use_id text, tool_name text, input jsonb)
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select (b.place - 1)::integer, b.block ->> 'id', b.block ->> 'name', b.block -> 'input'
  from pg_catalog.jsonb_array_elements(content) with ordinality as b(block, place)
  where b.block ->> 'type' = 'tool_use';
end
$$;
comment on function agentpg._tool_calls_in(jsonb) is 'The client tool calls of an assistant message, in order.';

create function agentpg._answer_call(run agentpg.runs, tool_use_id text, reason text)
returns bigint
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  select agentpg._append_message(
    run.session_id, 'user', agentpg._tool_result(tool_use_id, pg_catalog.to_jsonb(reason), true),
    run.id, run.iteration_id, run.tenant_id
  )
$$;
comment on function agentpg._answer_call(agentpg.runs, text, text) is
  'Answers a tool call with an error result and returns its seq. The caller holds the session lock.';

create type agentpg.opened_calls as (
  open_count integer,
  claims agentpg.tool_claim[]
);
comment on type agentpg.opened_calls is 'How many tool calls of an answer are open, and those of them that the instance holds which recorded it.';

create function agentpg._open_calls(run agentpg.runs, content jsonb, message_seq bigint, claim_for uuid, max_tools integer default null)
returns agentpg.opened_calls
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := agentpg.now();
  v_settings agentpg.settings;
  v_names text[];
  v_delegates jsonb;
  v_by_agent jsonb;
  v_by_run jsonb;
  v_variables jsonb;
  v_asks boolean;
  v_asked jsonb := '{}';
  v_call record;
  v_tool record;
  v_execution agentpg.tool_executions;
  v_delegate uuid;
  v_is_asked boolean;
  v_is_mine boolean;
  v_begun boolean;
  v_opened agentpg.opened_calls := (0, '{}');
  v_waiting boolean := false;
  v_unknown boolean := false;
begin
  claim_for := agentpg._live_instance(claim_for);
  select s.* into v_settings from agentpg.settings s;
  select p.tool_names, p.delegates, a.config -> 'approval', i.options -> 'approval', coalesce(i.variables, '{}'),
    exists (select from agentpg.tools t where t.name = any (p.tool_names) and t.approval is not null)
  into v_names, v_delegates, v_by_agent, v_by_run, v_variables, v_asks
  from agentpg.prompt_prefixes p, agentpg.run_inputs i
  join agentpg.agents a on a.id = i.agent_id
  where p.id = run.prefix_id and i.run_id = run.id;
  if v_asks or num_nonnulls(v_by_agent, v_by_run) > 0 then
    v_asked := agentpg._calls_to_approve(run.id, content, v_names, v_delegates, v_by_agent, v_by_run);
  end if;

  for v_call in
    select (b.place - 1)::integer as block_index, b.block ->> 'id' as tool_use_id, b.block ->> 'name' as tool_name, b.block -> 'input' as input
    from jsonb_array_elements(content) with ordinality as b(block, place)
    where b.block ->> 'type' = 'tool_use'
  loop
    select t.max_attempts, it.tool_name is not null as offered into v_tool
    from agentpg.tools t
    left join agentpg.instance_tools it on it.instance_id = claim_for and it.tool_name = t.name
    where t.name = v_call.tool_name;
    v_delegate := (v_delegates ->> v_call.tool_name)::uuid;
    v_is_asked := v_asked ? v_call.block_index::text;
    v_is_mine := v_delegate is null and not v_is_asked and v_tool.offered and v_call.tool_name = any (v_names)
      and (max_tools is null or cardinality(v_opened.claims) < max_tools);
    v_begun := v_is_mine or (v_delegate is not null and not v_is_asked);
    insert into agentpg.tool_executions (
      run_id, iteration_id, tool_use_id, tool_name, message_seq, block_index, max_attempts, available_at, created_at, deadline_at,
      state, attempt, lease_token, claimed_by, lease_expires_at, started_at, agent_id, asked
    ) values (
      run.id, run.iteration_id, v_call.tool_use_id, v_call.tool_name, _open_calls.message_seq, v_call.block_index,
      case when v_delegate is null then least(coalesce(v_tool.max_attempts, v_settings.tool_max_attempts), 32767) else v_settings.delegate_max_attempts end,
      v_now, v_now,
      case when v_is_asked then v_now + v_settings.approval_timeout when v_delegate is null then v_now + v_settings.tool_deadline else 'infinity' end,
      case when v_is_asked then 'awaiting_approval' when v_begun then 'running' else 'pending' end::agentpg.tool_execution_state,
      case when v_begun then 1 else 0 end,
      case when v_is_mine then gen_random_uuid() end,
      case when v_is_mine then claim_for end,
      case when v_is_mine then v_now + v_settings.lease_ttl end,
      case when v_begun then v_now end, v_delegate, v_is_asked
    )
    returning * into v_execution;
    if v_is_mine then
      v_opened.claims := v_opened.claims || (
        v_execution.id, v_execution.lease_token, v_execution.lease_expires_at, run.id, run.session_id, v_call.tool_use_id, v_call.tool_name,
        coalesce(v_call.input, '{}'), v_variables, 1, run.events
      )::agentpg.tool_claim;
    end if;
    v_opened.open_count := v_opened.open_count + 1;
    v_waiting := v_waiting or not (v_begun or v_is_asked);
    v_unknown := v_unknown or v_call.tool_name <> all (v_names);
  end loop;
  if v_asked <> '{}' then
    insert into agentpg.tool_approvals (tool_execution_id, requested_at, expires_at, reason, input_hash)
    select e.id, v_now, e.deadline_at, v_asked ->> e.block_index::text, agentpg._input_hash(agentpg._input_of(e))
    from agentpg.tool_executions e
    where e.run_id = run.id and e.message_seq = _open_calls.message_seq and e.state = 'awaiting_approval';
    perform agentpg._announce_approval(e)
    from agentpg.tool_executions e
    where e.run_id = run.id and e.message_seq = _open_calls.message_seq and e.state = 'awaiting_approval';
  end if;

  if v_unknown then
    for v_call in
      select e.id, e.tool_use_id, e.tool_name from agentpg.tool_executions e
      where e.run_id = run.id and e.message_seq = _open_calls.message_seq and e.tool_name <> all (v_names)
      order by e.block_index
    loop
      update agentpg.tool_executions e
      set state = 'failed', completed_at = v_now, is_error = true,
        last_error = format('no tool is named %s', v_call.tool_name),
        result_seq = agentpg._answer_call(run, v_call.tool_use_id, format(
          'There is no tool named %s. Available tools: %s.', v_call.tool_name, coalesce(nullif(array_to_string(v_names, ', '), ''), 'none')
        ))
      where e.id = v_call.id;
      v_opened.open_count := v_opened.open_count - 1;
    end loop;
  end if;

  if v_delegates <> '{}' then
    v_opened.open_count := v_opened.open_count - agentpg._start_delegates(run, _open_calls.message_seq);
  end if;

  if v_waiting then
    perform agentpg._notify('agentpg_tool_pending', jsonb_build_object(
      'execution_id', e.id, 'run_id', e.run_id, 'tool_name', e.tool_name, 'is_agent_tool', e.agent_id is not null, 'agent_id', e.agent_id
    ), true)
    from agentpg.tool_executions e
    where e.run_id = run.id and e.message_seq = _open_calls.message_seq and e.state = 'pending';
  end if;
  return v_opened;
end
$$;
comment on function agentpg._open_calls(agentpg.runs, jsonb, bigint, uuid, integer) is
  'Makes the tool executions of an assistant message and returns how many are open, and which the caller holds: those that the instance claim_for offers are held by it at once (max_tools of them at most, the first ones), those that need approval wait, names the model was not given are answered with an error.';

create function agentpg._hand_out_tools(tool_execution_ids uuid[])
returns setof agentpg.tool_claim
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select e.id, e.lease_token, e.lease_expires_at, e.run_id, i.session_id, e.tool_use_id, e.tool_name,
    coalesce(p.edited_input, m.content -> e.block_index -> 'input', '{}'), coalesce(i.variables, '{}'), e.attempt::integer, r.events
  from agentpg.tool_executions e
  join agentpg.run_inputs i on i.run_id = e.run_id
  join agentpg.runs r on r.id = e.run_id
  left join agentpg.tool_approvals p on e.asked and p.tool_execution_id = e.id
  -- One message a call: a plain join may read the whole transcript of a long session.
  cross join lateral (
    select a.content from agentpg.messages a where a.session_id = i.session_id and a.seq = e.message_seq limit 1
  ) m
  where e.id = any (tool_execution_ids)
  order by e.message_seq, e.block_index;
end
$$;
comment on function agentpg._hand_out_tools(uuid[]) is 'What a worker gets for tool executions that it holds.';

commit;
