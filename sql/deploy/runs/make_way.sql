-- Deploy agentpg:runs/make_way to pg
-- requires: runs/finalize_run
begin;

create function agentpg._interrupt(session_id uuid)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_active_id uuid;
  v_ids uuid[];
  v_run agentpg.runs;
begin
  select r.id into v_active_id
  from agentpg.runs r
  where r.session_id = _interrupt.session_id and r.finalized_at is null and not r.blocked;
  -- Those that wait first: the end of the active one would start the next of them.
  v_ids := array(
    select i.run_id
    from agentpg.run_inputs i
    join agentpg.runs r on r.id = i.run_id
    where i.session_id = _interrupt.session_id and r.finalized_at is null
      and i.turn >= (select a.turn from agentpg.run_inputs a where a.run_id = v_active_id)
    order by i.turn desc
  );
  perform from agentpg.runs r where r.id = any (v_ids) order by r.id for no key update;
  for v_run in
    select r.* from unnest(v_ids) with ordinality as l(id, place) join agentpg.runs r on r.id = l.id order by l.place
  loop
    perform agentpg._finalize_run(v_run, 'cancelled', v_run.stop_reason, 'cancelled', 'interrupted');
  end loop;
end
$$;
comment on function agentpg._interrupt(uuid) is
  'Cancels the active run of a session and those queued behind it. The caller holds the session lock.';

create function agentpg._make_way(session_id uuid, on_busy text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run agentpg.runs;
begin
  select r.* into v_run
  from agentpg.runs r
  where r.session_id = _make_way.session_id and r.finalized_at is null and not r.blocked;
  if not found then
    return;
  elsif v_run.state = 'awaiting_input' then
    perform from agentpg.runs r where r.id = v_run.id for no key update;
    perform agentpg._finalize_run(v_run, 'completed', v_run.stop_reason);
  elsif on_busy = 'interrupt' then
    -- The end of a delegate's run is the end of a call above it, and those locks come before this session's.
    if exists (select from agentpg.run_inputs i where i.run_id = v_run.id and i.parent_run_id is not null) then
      perform agentpg._refuse('AP224', format('run %s of session %s answers a call of another run', v_run.id, session_id),
        'cancel it, or wait for it with {"on_busy": "enqueue"}', jsonb_build_object('session_id', session_id, 'run_id', v_run.id));
    end if;
    perform agentpg._interrupt(session_id);
  elsif on_busy = 'reject' then
    perform agentpg._refuse('AP224', format('session %s is busy: run %s is %s', session_id, v_run.id, v_run.state),
      'wait for it or cancel it; options {"on_busy": "enqueue"} waits in line, {"on_busy": "interrupt"} takes its place',
      jsonb_build_object('session_id', session_id, 'run_id', v_run.id));
  end if;
end
$$;
comment on function agentpg._make_way(uuid, text) is
  'Before a new run of a session: one that waits for input is completed as it is; a busy one stays, is interrupted (unless it answers a call of another run), or is the reason to refuse (AP224). The caller holds the session lock.';

commit;
