-- Deploy agentpg:runs/leased_run to pg
-- requires: runs/iterations
-- requires: events/emit
begin;

-- Lock order, here and everywhere: session, run, iteration, tool execution, batch, event stream; a tree from the top down,
-- because the end of a delegate's run is the end of a call of the run above it.
create function agentpg._lock_run(run_id uuid)
returns agentpg.runs
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run agentpg.runs;
  v_session_id uuid;
  v_parent_run_id uuid;
  v_compacts_id uuid;
begin
  select i.session_id, i.parent_run_id, (i.options ->> 'compacts')::uuid into v_session_id, v_parent_run_id, v_compacts_id
  from agentpg.run_inputs i where i.run_id = _lock_run.run_id;
  if not found then
    return null;
  end if;
  if v_compacts_id is not null then
    perform from agentpg.sessions s where s.id = v_compacts_id for no key update;
  end if;
  if v_parent_run_id is not null then
    perform agentpg._lock_run(v_parent_run_id);
  end if;
  perform from agentpg.sessions s where s.id = v_session_id for no key update;
  select r.* into v_run from agentpg.runs r where r.id = _lock_run.run_id for no key update;
  return v_run;
end
$$;
comment on function agentpg._lock_run(uuid) is 'Locks the session and then the run, after those of the runs above it, or the session that it compacts, and returns the run as it now is; null when there is none.';

create function agentpg._try_lock_run(run_id uuid)
returns agentpg.runs
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run agentpg.runs;
  v_session_id uuid;
  v_parent_run_id uuid;
  v_compacts_id uuid;
begin
  select i.session_id, i.parent_run_id, (i.options ->> 'compacts')::uuid into v_session_id, v_parent_run_id, v_compacts_id
  from agentpg.run_inputs i where i.run_id = _try_lock_run.run_id;
  if v_compacts_id is not null then
    perform from agentpg.sessions s where s.id = v_compacts_id for no key update skip locked;
    if not found then
      return null;
    end if;
  end if;
  if v_parent_run_id is not null then
    v_run := agentpg._try_lock_run(v_parent_run_id);
    if v_run.id is null then
      return null;
    end if;
  end if;
  perform from agentpg.sessions s where s.id = v_session_id for no key update skip locked;
  if not found then
    return null;
  end if;
  select r.* into v_run from agentpg.runs r where r.id = _try_lock_run.run_id for no key update skip locked;
  if v_run.id is not null and not agentpg._try_lock_stream(v_run) then
    return null;
  end if;
  return v_run;
end
$$;
comment on function agentpg._try_lock_run(uuid) is
  'As _lock_run, but null when somebody holds one of the locks: for sweeps, which take many and must wait for none.';

create function agentpg._leased_run(iteration_id uuid, lease_token uuid)
returns agentpg.runs
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run agentpg.runs;
begin
  v_run := agentpg._lock_run(agentpg._run_of_iteration(iteration_id));
  if v_run.iteration_id = iteration_id and v_run.lease_token = lease_token then
    return v_run;
  end if;
  return null;
end
$$;
comment on function agentpg._leased_run(uuid, uuid) is
  'The run whose current model call is held under this lease token, locked; null when the token is stale. An expired lease that nobody took over still counts: its answer is paid for.';

create function agentpg._refuse_stale(iteration_id uuid)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run agentpg.runs;
begin
  select r.* into v_run from agentpg.runs r
  where r.id = agentpg._run_of_iteration(_refuse_stale.iteration_id)
    and agentpg._iteration_number(_refuse_stale.iteration_id) between 1 and r.iteration_number;
  if not found then
    perform agentpg._refuse('AP004', format('no iteration has id %s', coalesce(iteration_id::text, 'null')), null,
      jsonb_build_object('iteration_id', iteration_id));
  elsif v_run.state = 'cancelled' then
    perform agentpg._refuse('AP202', format('run %s was cancelled', v_run.id), 'drop the work',
      jsonb_build_object('run_id', v_run.id, 'session_id', v_run.session_id, 'iteration_id', iteration_id));
  end if;
  perform agentpg._refuse('AP210', format('the lease on iteration %s is lost', iteration_id),
    'drop the work: it was released, finished or given to another worker',
    jsonb_build_object('run_id', v_run.id, 'session_id', v_run.session_id, 'iteration_id', iteration_id));
end
$$;
comment on function agentpg._refuse_stale(uuid) is 'Says why a lease token on an iteration is refused: AP004, AP202 or AP210.';

commit;
