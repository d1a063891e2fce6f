-- Deploy agentpg:events/publish_events to pg
-- requires: events/emit
-- requires: tools/tool_executions
-- requires: core/errors
begin;

create function agentpg._check_events(events jsonb)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_uuid constant text := '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$';
begin
  if events is null or jsonb_typeof(events) <> 'array' then
    perform agentpg._refuse('AP100', 'events must be a JSON array of {iteration_id or tool_execution_id, lease_token, kind, data}');
  elsif exists (
    select from jsonb_array_elements(events) as e(item)
    where jsonb_typeof(e.item) <> 'object'
      or coalesce(e.item ->> 'iteration_id', e.item ->> 'tool_execution_id', '') !~* v_uuid
      or coalesce(e.item ->> 'lease_token', '') !~* v_uuid
      or coalesce(e.item ->> 'kind', '') <> all (
        case when e.item ? 'iteration_id' then array['text', 'thinking', 'gap'] else array['tool_progress'] end
      )
      or coalesce(jsonb_typeof(e.item -> 'data'), 'object') <> 'object'
  ) then
    perform agentpg._refuse('AP100', 'an event has no iteration_id or tool_execution_id, no lease_token, a kind that is not told so, or data that is no object',
      'text, thinking and gap go with an iteration_id, tool_progress with a tool_execution_id');
  end if;
end
$$;
comment on function agentpg._check_events(jsonb) is 'AP100 unless it is what publish_events takes.';

create function agentpg._published(events jsonb)
returns table (place bigint, root_run_id uuid, run_id uuid, iteration_id uuid, tool_execution_id uuid, kind text, data jsonb)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  select p.place, coalesce(i.root_run_id, i.run_id), r.id, coalesce(e.iteration_id, p.iteration_id), e.id, p.kind, p.data
  from (
    select t.place, (t.item ->> 'iteration_id')::uuid as iteration_id, (t.item ->> 'tool_execution_id')::uuid as tool_execution_id,
      (t.item ->> 'lease_token')::uuid as lease_token, t.item ->> 'kind' as kind, t.item -> 'data' as data
    from jsonb_array_elements(_published.events) with ordinality as t(item, place)
  ) p
  left join agentpg.tool_executions e
    on e.id = p.tool_execution_id and e.lease_token = p.lease_token and e.state = 'running'
  join agentpg.runs r
    on r.id = case when p.tool_execution_id is null then agentpg._run_of_iteration(p.iteration_id) else e.run_id end
    and (e.id is not null or (r.iteration_id = p.iteration_id and r.lease_token = p.lease_token))
  join agentpg.run_inputs i on i.run_id = r.id
  where r.events;
end
$$;
comment on function agentpg._published(jsonb) is 'Those of the given events whose lease is held, and where they belong.';

create function agentpg.publish_events(events jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_roots uuid[];
  v_wanted uuid[];
  v_events agentpg.run_events[];
  v_known integer;
  v_busy jsonb;
begin
  perform agentpg._check_events(events);
  select array_agg(distinct p.root_run_id) into v_wanted from agentpg._published(events) p;
  -- It waits for nobody: one transaction that holds a stream must not hold up the text of all other runs.
  with free as (
    select s.root_run_id from agentpg.run_streams s
    where s.root_run_id = any (v_wanted)
    order by s.root_run_id
    for no key update skip locked
  )
  select coalesce(array_agg(f.root_run_id), '{}') into v_roots from free f;
  -- Leases are looked at under the lock: what comes after a superseded mark is not of the attempt before it.
  select array_agg(
      (p.root_run_id, null, p.run_id, p.iteration_id, p.tool_execution_id, p.kind, coalesce(p.data, '{}'), null)::agentpg.run_events
      order by p.place
    ) filter (where p.root_run_id = any (v_roots)),
    count(*),
    coalesce(jsonb_agg(p.place - 1 order by p.place) filter (
      where p.root_run_id <> all (v_roots) and exists (select from agentpg.run_streams s where s.root_run_id = p.root_run_id)
    ), '[]')
  into v_events, v_known, v_busy
  from agentpg._published(events) p;
  return jsonb_build_object(
    'published', agentpg._emit_all(v_events), 'stale', jsonb_array_length(events) - v_known, 'busy', v_busy
  );
end
$$;
comment on function agentpg.publish_events(jsonb) is
  'Tells those who watch what is not stored otherwise, for many runs at once: [{iteration_id, lease_token, kind: text, thinking or gap, data}] of model calls, [{tool_execution_id, lease_token, kind: tool_progress, data}] of tool calls that the caller holds. Waits for no lock. Returns {published, stale: how many belong to a lease that is lost or to a run without events, busy: the places (from 0) of those whose stream somebody holds just now, to be sent again}. Errors: AP100.';

commit;
