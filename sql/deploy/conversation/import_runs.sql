-- Deploy agentpg:conversation/import_runs to pg
-- requires: conversation/references
-- requires: conversation/check_document
-- requires: runs/regenerate_run
-- requires: runs/run_continuations
-- requires: runs/output_repairs
-- requires: tools/tool_approvals
begin;

create type agentpg.import_context as (
  salt uuid,
  session_id uuid,
  tenant_id text,
  agents jsonb,
  prefixes jsonb,
  tops jsonb
);
comment on type agentpg.import_context is
  'What an import needs throughout: what new ids are made from (null: ids are kept), the session just then, new ids of agents and prefixes by old ones, and for each run of the document the one at the top of its tree.';

create function agentpg._imported_id(salt uuid, id text)
returns uuid
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when salt is null then id::uuid
    else (substr(id, 1, 18) || '-a' || substr(h.hash, 1, 3) || '-' || substr(h.hash, 4, 8) || right(id, 4))::uuid
  end
  from (select md5(salt::text || lower(left(id, 32))) as hash) h
$$;
comment on function agentpg._imported_id(uuid, text) is 'The id here of what has this id in a document: the same time, so that the order stays, the same last 16 bits, which count the iterations of a run, and other random bits between; null salt keeps ids.';

create function agentpg._import_messages(context agentpg.import_context, session jsonb)
returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  insert into agentpg.messages (session_id, seq, role, content, run_id, iteration_id, tenant_id, created_at)
  select context.session_id, (m.message ->> 'seq')::bigint, (m.message ->> 'role')::agentpg.message_role,
    agentpg._put_aside(m.message -> 'content', context.session_id, context.tenant_id),
    agentpg._imported_id(context.salt, m.message ->> 'run_id'), agentpg._imported_id(context.salt, m.message ->> 'iteration_id'),
    context.tenant_id, (m.message ->> 'created_at')::timestamptz
  from jsonb_array_elements(session -> 'messages') as m(message)
$$;
comment on function agentpg._import_messages(agentpg.import_context, jsonb) is 'The messages of a document''s session.';

create function agentpg._import_runs(context agentpg.import_context, session jsonb)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := agentpg.now();
begin
  insert into agentpg.run_inputs (
    run_id, session_id, turn, agent_id, run_mode, content, options, request_hash, parent_run_id, parent_tool_execution_id, root_run_id, depth,
    max_iterations, max_continuations, scheduled_at, tenant_id, created_at
  )
  select agentpg._imported_id(context.salt, r.run ->> 'id'), context.session_id, row_number() over (order by (r.run ->> 'turn')::integer, r.place),
    (context.agents ->> (r.run ->> 'agent_id'))::uuid, (r.run ->> 'mode')::agentpg.run_mode,
    agentpg._put_aside(r.run -> 'content', context.session_id, context.tenant_id), nullif(r.run -> 'options', '{}'), 0,
    case when t.below then agentpg._imported_id(context.salt, r.run ->> 'parent_run_id') end,
    case when t.below then agentpg._imported_id(context.salt, r.run ->> 'parent_tool_execution_id') end,
    case when t.below then agentpg._imported_id(context.salt, t.top) end,
    case when t.below then greatest((r.run ->> 'depth')::integer, 1) else 0 end,
    least((r.run ->> 'max_iterations')::bigint, 65535), (r.run ->> 'max_continuations')::integer, (r.run ->> 'scheduled_at')::timestamptz,
    context.tenant_id, (r.run ->> 'created_at')::timestamptz
  from jsonb_array_elements(session -> 'runs') with ordinality as r(run, place)
  cross join lateral (
    select context.tops ->> (r.run ->> 'id') as top, coalesce(context.tops ->> (r.run ->> 'id') <> r.run ->> 'id', false) as below
  ) t;

  insert into agentpg.runs (
    id, session_id, iteration_id, prefix_id, available_at, started_at, finalized_at, queue_id, iteration_number, state, previous_state,
    priority, continuations, blocked, events, stop_reason, error_type, error_message, tenant_id, context_tokens, imported
  )
  select agentpg._imported_id(context.salt, r.run ->> 'id'), context.session_id, agentpg._imported_id(context.salt, r.run ->> 'iteration_id'),
    (context.prefixes ->> (r.run ->> 'prefix_id'))::uuid, (r.run ->> 'created_at')::timestamptz, (r.run ->> 'started_at')::timestamptz,
    coalesce((r.run ->> 'finalized_at')::timestamptz, v_now),
    agentpg._queue_id(coalesce(r.run ->> 'current_mode', r.run ->> 'mode')::agentpg.run_mode, r.run ->> 'model'),
    (r.run ->> 'iteration_number')::integer, o.state, (r.run ->> 'previous_state')::agentpg.run_state,
    coalesce((r.run ->> 'priority')::smallint, 0), coalesce((r.run ->> 'continuations')::smallint, 0), false, false, r.run ->> 'stop_reason',
    case when o.ended then r.run ->> 'error_type' when o.state = 'cancelled' then 'imported' end,
    case when o.ended then r.run ->> 'error_message' when o.state = 'cancelled' then format('it was %s when it was exported', r.run ->> 'state') end,
    context.tenant_id, coalesce((r.run ->> 'context_tokens')::integer, 0), true
  from jsonb_array_elements(session -> 'runs') as r(run)
  cross join lateral (
    select case
        when r.run ->> 'state' in ('completed', 'cancelled', 'failed') then (r.run ->> 'state')::agentpg.run_state
        when r.run ->> 'state' = 'awaiting_input' then 'completed'
        else 'cancelled'
      end as state, r.run ->> 'state' in ('completed', 'cancelled', 'failed') as ended
  ) o;

  insert into agentpg.iterations
  select i.*
  from jsonb_array_elements(session -> 'runs') as r(run)
  cross join lateral jsonb_array_elements(r.run -> 'iterations') as t(iteration)
  cross join lateral jsonb_populate_record(null::agentpg.iterations, t.iteration || jsonb_build_object(
    'id', agentpg._imported_id(context.salt, t.iteration ->> 'id'), 'run_id', agentpg._imported_id(context.salt, r.run ->> 'id'),
    'prefix_id', context.prefixes ->> (t.iteration ->> 'prefix_id'),
    'compaction_id', agentpg._imported_id(context.salt, t.iteration ->> 'compaction_id'), 'lease_token', null, 'instance_id', null, 'batch_id', null
  )) i;

  insert into agentpg.failed_attempts (
    run_id, iteration_id, tool_execution_id, kind, attempt, error_type, error_message, details, retry_at, started_at, failed_at
  )
  select agentpg._imported_id(context.salt, r.run ->> 'id'), agentpg._imported_id(context.salt, f.iteration_id::text),
    agentpg._imported_id(context.salt, f.tool_execution_id::text), f.kind, f.attempt, f.error_type, f.error_message, f.details, f.retry_at,
    f.started_at, coalesce(f.failed_at, v_now)
  from jsonb_array_elements(session -> 'runs') as r(run)
  cross join lateral jsonb_populate_recordset(null::agentpg.failed_attempts, r.run -> 'failed_attempts') f;

  insert into agentpg.run_continuations
  select c.*
  from jsonb_array_elements(session -> 'runs') as r(run)
  cross join lateral jsonb_array_elements(r.run -> 'run_continuations') as n(continuation)
  cross join lateral jsonb_populate_record(null::agentpg.run_continuations,
    n.continuation || jsonb_build_object('run_id', agentpg._imported_id(context.salt, r.run ->> 'id'))) c;

  insert into agentpg.output_repairs
  select o.*
  from jsonb_array_elements(session -> 'runs') as r(run)
  cross join lateral jsonb_array_elements(coalesce(r.run -> 'output_repairs', '[]')) as n(repair)
  cross join lateral jsonb_populate_record(null::agentpg.output_repairs,
    n.repair || jsonb_build_object('run_id', agentpg._imported_id(context.salt, r.run ->> 'id'))) o;

  insert into agentpg.regenerations (run_id, of_run_id, supersedes, created_at)
  select agentpg._imported_id(context.salt, g.run_id::text), agentpg._imported_id(context.salt, g.of_run_id::text), g.supersedes, g.created_at
  from jsonb_populate_recordset(null::agentpg.regenerations, session -> 'regenerations') g;
end
$$;
comment on function agentpg._import_runs(agentpg.import_context, jsonb) is
  'The runs of a document''s session, ended: those that were at work are cancelled, those that waited for input completed.';

create function agentpg._import_calls(context agentpg.import_context, session jsonb)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Born open, as each call is; what became of it follows.
  insert into agentpg.tool_executions (
    id, run_id, iteration_id, available_at, created_at, started_at, deadline_at, message_seq, block_index, snooze_count, max_attempts,
    attempt, rescue_attempts, state, is_error, asked, tool_use_id, tool_name, agent_id, child_run_id, last_error
  )
  select e.id, e.run_id, e.iteration_id, e.available_at, e.created_at, e.started_at, e.deadline_at, e.message_seq, e.block_index, e.snooze_count,
    e.max_attempts, e.attempt, e.rescue_attempts, e.state, e.is_error, e.asked, e.tool_use_id, e.tool_name, e.agent_id, e.child_run_id, e.last_error
  from jsonb_array_elements(session -> 'runs') as r(run)
  cross join lateral jsonb_array_elements(r.run -> 'tool_executions') as c(call)
  cross join lateral jsonb_populate_record(null::agentpg.tool_executions, c.call || jsonb_build_object(
    'id', agentpg._imported_id(context.salt, c.call ->> 'id'), 'run_id', agentpg._imported_id(context.salt, r.run ->> 'id'),
    'iteration_id', agentpg._imported_id(context.salt, c.call ->> 'iteration_id'),
    'child_run_id', agentpg._imported_id(context.salt, c.call ->> 'child_run_id'),
    'agent_id', coalesce(context.agents ->> (c.call ->> 'agent_id'), c.call ->> 'agent_id'),
    'state', 'pending'
  )) e;

  insert into agentpg.tool_approvals
  select a.*
  from jsonb_array_elements(session -> 'runs') as r(run)
  cross join lateral jsonb_array_elements(r.run -> 'tool_executions') as c(call)
  cross join lateral jsonb_populate_record(null::agentpg.tool_approvals, c.call -> 'approval'
    || jsonb_build_object('tool_execution_id', agentpg._imported_id(context.salt, c.call ->> 'id'))) a
  where jsonb_typeof(c.call -> 'approval') = 'object';

  update agentpg.tool_executions e
  set state = (c.call ->> 'state')::agentpg.tool_execution_state, completed_at = (c.call ->> 'completed_at')::timestamptz,
    result_seq = (c.call ->> 'result_seq')::bigint
  from jsonb_array_elements(session -> 'runs') as r(run)
  cross join lateral jsonb_array_elements(r.run -> 'tool_executions') as c(call)
  where e.id = agentpg._imported_id(context.salt, c.call ->> 'id') and c.call ->> 'state' in ('completed', 'failed', 'skipped');

  -- What was open when it was exported is answered, so that the conversation can go on.
  with last as (
    select max(m.seq) as seq from agentpg.messages m where m.session_id = context.session_id
  ), open_call as (
    select e.id, e.run_id, e.iteration_id, e.tool_use_id, last.seq + row_number() over (order by e.message_seq, e.block_index) as seq
    from last
    cross join jsonb_array_elements(session -> 'runs') as r(run)
    join agentpg.tool_executions e on e.run_id = agentpg._imported_id(context.salt, r.run ->> 'id') and e.completed_at is null
  ), answered as (
    insert into agentpg.messages (session_id, seq, role, content, run_id, iteration_id, tenant_id)
    select context.session_id, o.seq, 'user', agentpg._tool_result(o.tool_use_id, '"Not finished: the run was exported before."', true),
      o.run_id, o.iteration_id, context.tenant_id
    from open_call o
  )
  update agentpg.tool_executions e
  set state = 'skipped', completed_at = agentpg.now(), result_seq = o.seq, is_error = true, last_error = 'exported before it was finished'
  from open_call o
  where e.id = o.id;
end
$$;
comment on function agentpg._import_calls(agentpg.import_context, jsonb) is
  'The tool calls of a document''s session; open ones get an error result after its last message.';

commit;
