-- Deploy agentpg:events/trim_events to pg
-- requires: events/run_streams
-- requires: runs/iterations
begin;

create function agentpg._trim_stream(stream agentpg.run_streams, max_count integer)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_now timestamptz := agentpg.now();
  v_settings agentpg.settings;
  v_before timestamptz;
  v_over boolean;
  v_count integer;
begin
  select s.* into v_settings from agentpg.settings s;
  v_before := v_now - v_settings.event_delta_retention;
  v_over := coalesce(stream.ended_at <= v_now - v_settings.event_retention, false);
  with old as (
    select e.seq
    from agentpg.run_events e
    left join agentpg.iterations t on t.run_id = e.run_id and t.number = agentpg._iteration_number(e.iteration_id)
    left join agentpg.runs r on r.id = e.run_id
    where e.root_run_id = stream.root_run_id and (v_over or (
      e.kind in ('text', 'thinking', 'gap', 'tool_progress') and e.created_at < v_before
      -- Of an answer not yet stored, the pieces are all there is.
      and (e.kind = 'tool_progress' or t.completed_at < v_before
        or (t.id is null and (r.iteration_id <> e.iteration_id or r.state <> 'streaming')))
    ))
    order by e.seq
    limit max_count
  )
  delete from agentpg.run_events e using old o where e.root_run_id = stream.root_run_id and e.seq = o.seq;
  get diagnostics v_count = row_count;
  if v_count = max_count then
    -- There is more: next time.
    return v_count;
  elsif v_over then
    delete from agentpg.run_streams s where s.root_run_id = stream.root_run_id;
  else
    update agentpg.run_streams s
    set trimmed_seq = s.last_seq,
      trim_at = case
        when s.ended_at < v_before then s.ended_at + v_settings.event_retention
        when s.ended_at is null and s.last_seq = s.trimmed_seq then v_now + greatest(v_settings.event_delta_retention, interval '1 hour')
        else v_now + greatest(v_settings.event_delta_retention, interval '1 second')
      end
    where s.root_run_id = stream.root_run_id;
  end if;
  return v_count;
end
$$;
comment on function agentpg._trim_stream(agentpg.run_streams, integer) is
  'Forgets up to max_count events of a stream that are older than the settings keep them, at last the stream itself; returns how many. The caller holds its row.';

create function agentpg._trim_events(max_streams integer, max_count integer)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_stream agentpg.run_streams;
  v_count integer := 0;
begin
  for v_stream in
    select s.* from agentpg.run_streams s
    where s.trim_at <= agentpg.now()
    order by s.trim_at
    limit max_streams
    for no key update skip locked
  loop
    exit when v_count >= max_count;
    v_count := v_count + agentpg._trim_stream(v_stream, max_count - v_count);
  end loop;
  return v_count;
end
$$;
comment on function agentpg._trim_events(integer, integer) is
  'Looks through the streams that are due, max_streams at most, passing over those that somebody holds. Returns how many events were forgotten.';

commit;
