-- Deploy agentpg:conversation/export_session to pg
-- requires: conversation/references
-- requires: runs/regenerate_run
-- requires: runs/run_continuations
-- requires: runs/output_repairs
-- requires: tools/tool_approvals
-- requires: runs/get_run
begin;

create function agentpg._without_secrets(node jsonb)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  case jsonb_typeof(node)
    when 'array' then
      return (select coalesce(jsonb_agg(agentpg._without_secrets(e.value) order by e.place), '[]') from jsonb_array_elements(node) with ordinality as e(value, place));
    when 'object' then
      return (
        -- The schema of a tool may have a property of such a name: it is no secret.
        select coalesce(jsonb_object_agg(m.key, case when m.key = 'input_schema' then m.value else agentpg._without_secrets(m.value) end), '{}')
        from jsonb_each(node) m
        -- The name of a secret, {"$secret": ...}, tells nothing.
        where jsonb_typeof(m.value) <> 'string'
          or lower(m.key) not in ('authorization', 'authorization_token', 'proxy-authorization', 'x-api-key', 'api_key')
      );
    else
      return node;
  end case;
end
$$;
comment on function agentpg._without_secrets(jsonb) is 'What goes into a request, without keys and tokens that it may hold.';

create function agentpg._exported_messages(session_id uuid, last_seq bigint)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  return coalesce((
    select jsonb_agg(jsonb_build_object(
      'seq', m.seq, 'role', m.role, 'content', agentpg.whole_content(m.content), 'run_id', m.run_id, 'iteration_id', m.iteration_id,
      'created_at', m.created_at
    ) order by m.seq)
    from agentpg._transcript_parts(_exported_messages.session_id) p
    cross join lateral (
      select t.* from agentpg.messages t
      where t.session_id = p.part_session_id and t.seq between p.first_seq and least(p.last_seq, _exported_messages.last_seq)
      order by t.seq
      offset 0
    ) m
  ), '[]');
end
$$;
comment on function agentpg._exported_messages(uuid, bigint) is
  'The transcript of a session up to a message, inherited and superseded messages included, with their large strings.';

create function agentpg._exported_run(run_id uuid)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  return (
    select jsonb_build_object(
      'id', r.id, 'turn', i.turn, 'agent_id', i.agent_id, 'mode', i.run_mode, 'content', agentpg.whole_content(i.content),
      'options', agentpg._without_secrets(coalesce(i.options, '{}')), 'parent_run_id', i.parent_run_id,
      'parent_tool_execution_id', i.parent_tool_execution_id, 'root_run_id', i.root_run_id, 'depth', i.depth,
      'max_iterations', i.max_iterations, 'max_continuations', i.max_continuations, 'scheduled_at', i.scheduled_at, 'created_at', i.created_at,
      'prefix_id', r.prefix_id, 'model', q.model, 'current_mode', q.run_mode, 'state', r.state, 'previous_state', r.previous_state,
      'priority', r.priority, 'attempt', r.attempt, 'iteration_id', r.iteration_id, 'iteration_number', r.iteration_number,
      'continuations', r.continuations, 'context_tokens', r.context_tokens, 'stop_reason', r.stop_reason,
      'error_type', r.error_type, 'error_message', r.error_message, 'started_at', r.started_at, 'finalized_at', r.finalized_at,
      'iterations', (
        select coalesce(jsonb_agg(to_jsonb(t) - array['run_id', 'lease_token', 'instance_id', 'batch_id'] order by t.number), '[]')
        from agentpg.iterations t where t.run_id = r.id
      ),
      'tool_executions', (
        select coalesce(jsonb_agg(
          to_jsonb(e) - array['run_id', 'lease_token', 'claimed_by', 'lease_expires_at', 'ready_at', 'waits_until', 'awaits_approval'] || jsonb_build_object('approval', (
            select to_jsonb(a) - array['tool_execution_id', 'lease_token'] from agentpg.tool_approvals a where a.tool_execution_id = e.id
          )) order by e.message_seq, e.block_index), '[]')
        from agentpg.tool_executions e where e.run_id = r.id
      ),
      'failed_attempts', (
        select coalesce(jsonb_agg(to_jsonb(f) - array['id', 'run_id', 'lease_token', 'instance_id'] order by f.id), '[]')
        from agentpg.failed_attempts f where f.run_id = r.id
      ),
      'output_repairs', (
        select coalesce(jsonb_agg(to_jsonb(o) - 'run_id' order by o.iteration_number), '[]') from agentpg.output_repairs o where o.run_id = r.id
      ),
      'run_continuations', (
        select coalesce(jsonb_agg(to_jsonb(c) - 'run_id' order by c.number), '[]') from agentpg.run_continuations c where c.run_id = r.id
      )
    )
    from agentpg.runs r
    join agentpg.run_inputs i on i.run_id = r.id
    join agentpg.queues q on q.id = r.queue_id
    where r.id = _exported_run.run_id
  );
end
$$;
comment on function agentpg._exported_run(uuid) is
  'A run with its model calls and tool calls. Not exported: leases and who held them, variables and idempotency key, events, budgets.';

create function agentpg._exported_compactions(compaction_id uuid)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce((
    with recursive chain as (
      select c.*, 1 as place from agentpg.compactions c where c.id = _exported_compactions.compaction_id
      union all
      select b.*, c.place + 1 from chain c join agentpg.compactions b on b.id = c.base_id
    )
    select jsonb_agg(to_jsonb(c) - array['session_id', 'place', 'run_id', 'tenant_id'] order by c.place desc) from chain c
  ), '[]');
end
$$;
comment on function agentpg._exported_compactions(uuid) is 'The compaction in force and those that restore_compaction can go back to, the oldest first.';

create function agentpg._exported_session(session agentpg.sessions, last_seq bigint, run_ids uuid[])
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_whole constant boolean := last_seq = 9223372036854775807;
  v_compaction_id uuid := agentpg._compaction_at(session.compaction_id, last_seq);
begin
  return jsonb_build_object(
    'id', session.id, 'parent_session_id', session.parent_session_id, 'metadata', session.metadata, 'on_busy', session.on_busy,
    'created_at', session.created_at, 'updated_at', session.updated_at,
    'superseded_seqs', session.superseded_seqs * int8multirange(int8range(null, least(last_seq, 9223372036854775806), '[]')),
    'compaction', session.compaction, 'compaction_id', v_compaction_id, 'compaction_count', session.compaction_count,
    'thinking_from_seq', session.thinking_from_seq, 'context_tokens', case when v_whole then session.context_tokens end,
    'compactions', agentpg._exported_compactions(v_compaction_id),
    'messages', agentpg._exported_messages(session.id, last_seq),
    'runs', (
      select coalesce(jsonb_agg(agentpg._exported_run(i.run_id) order by i.turn), '[]')
      from agentpg.run_inputs i
      where i.session_id = session.id and (_exported_session.run_ids is null or i.run_id = any (_exported_session.run_ids))
    ),
    'regenerations', (
      select coalesce(jsonb_agg(to_jsonb(g) order by g.created_at, g.run_id), '[]')
      from agentpg.run_inputs i
      join agentpg.regenerations g on g.run_id = i.run_id
      join agentpg.run_inputs o on o.run_id = g.of_run_id and o.session_id = i.session_id
      where i.session_id = session.id and _exported_session.run_ids is null
    )
  );
end
$$;
comment on function agentpg._exported_session(agentpg.sessions, bigint, uuid[]) is
  'A session up to a message, with the given runs or all of them. A fork has its inherited messages as its own; their runs are not its runs.';

commit;
