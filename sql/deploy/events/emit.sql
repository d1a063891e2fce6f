-- Deploy agentpg:events/emit to pg
-- requires: events/run_streams
-- requires: core/notify
begin;

-- The stream is locked after all else: session, run, tool execution, batch, instance, stream. Who emits waits for
-- none of those afterwards; sweeps and publishers, which touch many trees, wait for no stream.
create function agentpg._emit(
  run agentpg.runs, kind text, data jsonb default null, iteration_id uuid default null, tool_execution_id uuid default null
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz;
  v_stream agentpg.run_streams;
begin
  if not run.events then
    return;
  end if;
  v_now := agentpg.now();
  update agentpg.run_streams s
  set last_seq = s.last_seq + 1,
    ended_at = case when _emit.kind = 'run_ended' and s.root_run_id = run.id then v_now else s.ended_at end
  where s.root_run_id = (select coalesce(i.root_run_id, i.run_id) from agentpg.run_inputs i where i.run_id = run.id)
  returning s.* into v_stream;
  if not found then
    return;
  end if;
  insert into agentpg.run_events (root_run_id, seq, run_id, iteration_id, tool_execution_id, kind, data, created_at)
  values (v_stream.root_run_id, v_stream.last_seq, run.id, _emit.iteration_id, _emit.tool_execution_id, _emit.kind, _emit.data, v_now);
  if v_stream.watched_until > v_now then
    -- Behind the last event of a run nothing comes that would wake its readers.
    perform agentpg._notify('agentpg_run_event',
      jsonb_build_object('root_run_id', v_stream.root_run_id, 'seq', v_stream.last_seq), true,
      case when _emit.kind in ('run_ended', 'run_waiting') then 'none' else 'statement' end);
  end if;
end
$$;
comment on function agentpg._emit(agentpg.runs, text, jsonb, uuid, uuid) is
  'Adds an event to the stream of a run''s tree; nothing for a run without one.';

create function agentpg._emit_all(events agentpg.run_events[])
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
  v_count integer;
begin
  if coalesce(cardinality(events), 0) = 0 then
    return 0;
  end if;
  -- In one order, or two that emit for the same trees could wait for each other.
  perform from agentpg.run_streams s
  where s.root_run_id in (select e.root_run_id from unnest(_emit_all.events) e)
  order by s.root_run_id
  for no key update;
  with wanted as (
    select e.*, row_number() over (partition by e.root_run_id order by e.place) as n
    from unnest(_emit_all.events) with ordinality as e (root_run_id, seq, run_id, iteration_id, tool_execution_id, kind, data, created_at, place)
  ), stream as (
    update agentpg.run_streams s
    set last_seq = s.last_seq + c.n
    from (select w.root_run_id, count(*) as n from wanted w group by w.root_run_id) c
    where s.root_run_id = c.root_run_id
    returning s.root_run_id, s.last_seq - c.n as base, s.last_seq, s.watched_until
  ), written as (
    insert into agentpg.run_events (root_run_id, seq, run_id, iteration_id, tool_execution_id, kind, data, created_at)
    select w.root_run_id, s.base + w.n, w.run_id, w.iteration_id, w.tool_execution_id, w.kind, w.data, v_now
    from wanted w
    join stream s on s.root_run_id = w.root_run_id
    returning 1
  ), told as materialized (
    select agentpg._notify('agentpg_run_event', jsonb_build_object('root_run_id', s.root_run_id, 'seq', s.last_seq), true)
    from stream s
    where s.watched_until > v_now
  )
  select (select count(*) from written)::integer + 0 * (select count(*) from told)::integer into v_count;
  return v_count;
end
$$;
comment on function agentpg._emit_all(agentpg.run_events[]) is
  'Adds events, each with its root_run_id, to their streams in one step; seq and created_at are given here. Returns how many found their stream.';

create function agentpg._emit_in_tree(run agentpg.runs, events agentpg.run_events[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
  v_stream agentpg.run_streams;
begin
  update agentpg.run_streams s
  set last_seq = s.last_seq + cardinality(_emit_in_tree.events)
  where s.root_run_id = (select coalesce(i.root_run_id, i.run_id) from agentpg.run_inputs i where i.run_id = run.id)
  returning s.* into v_stream;
  if not found then
    return;
  end if;
  insert into agentpg.run_events (root_run_id, seq, run_id, iteration_id, tool_execution_id, kind, data, created_at)
  select v_stream.root_run_id, v_stream.last_seq - cardinality(_emit_in_tree.events) + e.place,
    e.run_id, e.iteration_id, e.tool_execution_id, e.kind, e.data, v_now
  from unnest(_emit_in_tree.events) with ordinality
    as e (root_run_id, seq, run_id, iteration_id, tool_execution_id, kind, data, created_at, place);
  if v_stream.watched_until > v_now then
    perform agentpg._notify('agentpg_run_event',
      jsonb_build_object('root_run_id', v_stream.root_run_id, 'seq', v_stream.last_seq), true);
  end if;
end
$$;
comment on function agentpg._emit_in_tree(agentpg.runs, agentpg.run_events[]) is
  'Adds events to the stream of this run''s tree, all of runs of that tree; root_run_id, seq and created_at are given here.';

create function agentpg._event(
  run agentpg.runs, kind text, data jsonb default null, iteration_id uuid default null, tool_execution_id uuid default null
)
returns agentpg.run_events
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_root_run_id uuid;
begin
  select coalesce(i.root_run_id, i.run_id) into v_root_run_id from agentpg.run_inputs i where i.run_id = run.id;
  return (v_root_run_id, null, run.id, iteration_id, tool_execution_id, kind, data, null)::agentpg.run_events;
end
$$;
comment on function agentpg._event(agentpg.runs, text, jsonb, uuid, uuid) is 'An event for _emit_all.';

create function agentpg._try_lock_stream(run agentpg.runs)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_root_run_id uuid;
begin
  if not run.events then
    return true;
  end if;
  select coalesce(i.root_run_id, i.run_id) into v_root_run_id from agentpg.run_inputs i where i.run_id = run.id;
  perform from agentpg.run_streams s where s.root_run_id = v_root_run_id for no key update skip locked;
  return found or not exists (select from agentpg.run_streams s where s.root_run_id = v_root_run_id);
end
$$;
comment on function agentpg._try_lock_stream(agentpg.runs) is
  'Locks the event stream of the run''s tree, if it has one; false when somebody holds it.';

commit;
