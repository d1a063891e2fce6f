-- Deploy agentpg:runs/run_timeline to pg
-- requires: views/run_details
-- requires: runs/output_repairs
begin;

create function agentpg._instance_label(instance_id uuid)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    (select i.name from agentpg.instances i where i.id = instance_id),
    'instance ' || right(instance_id::text, 8)
  )
$$;
comment on function agentpg._instance_label(uuid) is 'The name of a worker, or the end of its id once it is gone.';

create function agentpg._timeline_events(run_id uuid)
returns table (at timestamptz, place integer, event text, iteration integer, attempt integer, actor text, detail text, duration interval)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select i.created_at, 0, 'created', null::integer, null::integer, null::text,
    left(agentpg._content_text(i.content), 200), null::interval
  from agentpg.run_inputs i
  where i.run_id = _timeline_events.run_id
  union all
  select c.created_at, 1, 'continued', c.first_iteration, null, null,
    concat_ws(', ', 'after ' || c.stop_reason, (
      select left(agentpg._content_text(m.content), 200) from agentpg.messages m
      where m.session_id = r.session_id and m.seq = c.prompt_seq
    )), null
  from agentpg.run_continuations c
  join agentpg.runs r on r.id = c.run_id
  where c.run_id = _timeline_events.run_id
  union all
  select g.created_at, 41, 'regenerated', null, null, null,
    case when g.supersedes then format('as run %s', g.run_id) else format('on a fork, as run %s', g.run_id) end, null
  from agentpg.regenerations g
  where g.of_run_id = _timeline_events.run_id
  union all
  select t.started_at, 11, 'model call', t.number, t.attempt, agentpg._instance_label(t.instance_id),
    t.model || coalesce(' in batch ' || b.provider_batch_id, ''), null
  from agentpg.iterations t
  left join agentpg.batches b on b.id = t.batch_id
  where t.run_id = _timeline_events.run_id and t.started_at is not null
  union all
  select b.submitted_at, 11, 'model call', r.iteration_number, r.attempt, null, format('%s in batch %s', q.model, b.provider_batch_id), null
  from agentpg.runs r
  join agentpg.batch_members m on m.batch_id = r.batch_id and m.ordinal = r.batch_ordinal and m.settled_at is null
  join agentpg.batches b on b.id = r.batch_id
  join agentpg.queues q on q.id = r.queue_id
  where r.id = _timeline_events.run_id and b.submitted_at is not null
  union all
  select t.completed_at, 13, 'answer', t.number, t.attempt, agentpg._instance_label(t.instance_id),
    concat_ws(', ', t.stop_reason,
      format('%s tokens in, %s out', t.input_tokens + t.cache_creation_input_tokens + t.cache_read_input_tokens, t.output_tokens),
      case when t.cost_usd is not null then '$' || trim_scale(round(t.cost_usd, 6)) end),
    t.completed_at - t.started_at
  from agentpg.iterations t
  where t.run_id = _timeline_events.run_id
  union all
  select o.created_at, 16, 'output repair', o.iteration_number, null, null,
    case o.reason when 'truncated' then 'cut at max_tokens: again, with more room' when 'refused' then 'refused: again'
      else 'not JSON: the model was told' end, null
  from agentpg.output_repairs o
  where o.run_id = _timeline_events.run_id
  union all
  select f.failed_at, case when f.tool_execution_id is null then 12 else 22 end,
    case f.kind when 'model' then 'model call failed' when 'snooze' then 'tool snoozed' when 'tool' then 'tool attempt failed'
      when 'rescue' then 'worker lost'
      when 'abandoned' then 'model call aborted' else 'released' end,
    agentpg._iteration_number(f.iteration_id), f.attempt, agentpg._instance_label(f.instance_id),
    concat_ws(': ', e.tool_name, f.error_type, nullif(left(f.error_message, 200), ''))
      || case when f.retry_at is not null then format(' (again at %s)', to_char(f.retry_at, 'HH24:MI:SS.MS')) else '' end,
    f.failed_at - f.started_at
  from agentpg.failed_attempts f
  join agentpg.runs r on r.id = f.run_id
  left join agentpg.tool_executions e on e.id = f.tool_execution_id
  where f.run_id = _timeline_events.run_id
  union all
  -- The start of what failed, unless the row of the call itself still shows it.
  select f.started_at, 11, 'model call', r.iteration_number, f.attempt, agentpg._instance_label(f.instance_id), q.model, null
  from agentpg.failed_attempts f
  cross join lateral (
    select agentpg._iteration_number(f.iteration_id) as iteration_number, r.queue_id
    from agentpg.runs r
    left join agentpg.iterations t on t.run_id = f.run_id and t.number = agentpg._iteration_number(f.iteration_id)
    where r.id = f.run_id and t.lease_token is distinct from f.lease_token
  ) r
  join agentpg.queues q on q.id = r.queue_id
  where f.run_id = _timeline_events.run_id and f.tool_execution_id is null and f.started_at is not null
  union all
  select f.started_at, 21, 'tool started', c.iteration_number, f.attempt, agentpg._instance_label(f.instance_id),
    c.name || ' ' || left(c.input::text, 200), null
  from agentpg.failed_attempts f
  join agentpg.tool_calls c on c.run_id = f.run_id and c.tool_execution_id = f.tool_execution_id
  where f.run_id = _timeline_events.run_id and f.started_at is not null and f.started_at is distinct from c.started_at
  union all
  select c.started_at, 21, 'tool started', c.iteration_number, c.attempt, agentpg._instance_label(c.claimed_by_instance_id),
    c.name || ' ' || left(c.input::text, 200), null
  from agentpg.tool_calls c
  where c.run_id = _timeline_events.run_id and c.started_at is not null
  union all
  select c.completed_at, 22, 'tool ' || c.state, c.iteration_number, c.attempt, agentpg._instance_label(c.claimed_by_instance_id),
    c.name || ': ' || left(c.output, 200), c.duration
  from agentpg.tool_calls c
  where c.run_id = _timeline_events.run_id and c.completed_at is not null
  union all
  select a.requested_at, 14, 'approval requested', c.iteration_number, null, null, concat_ws(': ', c.name || ' ' || left(c.input::text, 200), a.reason), null
  from agentpg.tool_calls c
  join agentpg.tool_approvals a on a.tool_execution_id = c.tool_execution_id
  where c.run_id = _timeline_events.run_id
  union all
  select a.decided_at, 15, 'approval ' || case a.decision when 'approved' then 'given' when 'rejected' then 'refused' else 'expired' end, c.iteration_number,
    null, a.decided_by, concat_ws(': ', c.name, 'with ' || left(a.edited_input::text, 200), nullif(left(a.note, 200), '')), a.decided_at - a.requested_at
  from agentpg.tool_calls c
  join agentpg.tool_approvals a on a.tool_execution_id = c.tool_execution_id
  where c.run_id = _timeline_events.run_id and a.decision is not null
  union all
  select r.finalized_at, 31, r.state::text, r.iteration_number, null, null,
    coalesce(nullif(concat_ws(': ', r.error_type, left(r.error_message, 200)), ''), r.stop_reason), r.finalized_at - i.created_at
  from agentpg.runs r
  join agentpg.run_inputs i on i.run_id = r.id
  where r.id = _timeline_events.run_id and r.finalized_at is not null
$$;
comment on function agentpg._timeline_events(uuid) is 'What happened to a run, unordered; place breaks ties of time: tens for the model call, its tools and the end, units within one attempt.';

create function agentpg.run_timeline(run_id uuid)
returns table (
  at timestamptz,
  elapsed interval,
  event text,
  iteration integer,
  attempt integer,
  actor text,
  detail text,
  duration interval
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  perform agentpg._check_run(run_timeline.run_id);
  return query
  select e.at, e.at - i.created_at, e.event, e.iteration, e.attempt, e.actor, e.detail, e.duration
  from agentpg._timeline_events(run_timeline.run_id) e
  join agentpg.run_inputs i on i.run_id = run_timeline.run_id
  order by e.at, e.iteration nulls first, e.place / 10, e.attempt, e.place;
end
$$;
comment on function agentpg.run_timeline(uuid) is
  'What happened to a run in order of time: who did what, which attempt, how long it took. Errors: AP003.';

commit;
