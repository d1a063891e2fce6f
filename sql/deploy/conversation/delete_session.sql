-- Deploy agentpg:conversation/delete_session to pg
-- requires: runs/delete_runs
-- requires: conversation/transcript
begin;

create function agentpg._lock_session_tree(session_id uuid)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_ids uuid[] := '{}';
  v_level uuid[];
begin
  v_level := array(select s.id from agentpg.sessions s where s.id = _lock_session_tree.session_id for update);
  -- From the top down, as every tree is locked. Nobody adds a child below a session that is held.
  while v_level <> '{}' loop
    v_ids := v_ids || v_level;
    v_level := array(select s.id from agentpg.sessions s where s.parent_session_id = any (v_level) order by s.id for update);
  end loop;
  return v_ids;
end
$$;
comment on function agentpg._lock_session_tree(uuid) is 'Locks a session and all below it, so that nothing begins in them, and returns their ids, from the top down; none when it does not exist.';

create function agentpg._readers_of(session_ids uuid[])
returns uuid[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
begin
  return array(
    select r.session_id
    from (
      select o.session_id from agentpg.session_origins o where o.origin_session_id = any (_readers_of.session_ids)
      union
      -- A fork may begin with a summary that was made in its origin, or be able to go back to one.
      select f.id
      from agentpg.compactions c
      join agentpg.sessions f on f.compaction_id = c.id
      where c.session_id = any (_readers_of.session_ids)
      union
      select n.session_id
      from agentpg.compactions c
      join agentpg.compactions n on n.base_id = c.id
      where c.session_id = any (_readers_of.session_ids)
    ) r
    where r.session_id <> all (_readers_of.session_ids)
    order by r.session_id
  );
end
$$;
comment on function agentpg._readers_of(uuid[]) is 'The forks that show messages or summaries of these sessions.';

create function agentpg._check_deletable(session_ids uuid[])
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_run record;
  v_forks uuid[];
begin
  -- Only the topmost session can hold a run that answers a call from outside: the others were made by runs of the tree.
  select i.run_id, i.parent_run_id, p.session_id into v_run
  from agentpg.run_inputs i
  join agentpg.run_inputs p on p.run_id = i.parent_run_id
  where i.session_id = session_ids[1] and i.parent_run_id is not null
  limit 1;
  if found then
    perform agentpg._refuse('AP262', format('session %s is part of run %s: its run %s answers a call of it', session_ids[1], v_run.parent_run_id, v_run.run_id),
      format('delete session %s, and this one goes with it', v_run.session_id),
      jsonb_build_object('session_id', session_ids[1], 'parent_session_id', v_run.session_id, 'parent_run_id', v_run.parent_run_id));
  end if;
  select r.id, r.session_id, r.state into v_run
  from agentpg.runs r
  where r.session_id = any (session_ids) and r.finalized_at is null and not r.blocked and r.state <> 'awaiting_input'
  order by array_position(session_ids, r.session_id)
  limit 1;
  if found then
    perform agentpg._refuse('AP260', format('run %s of session %s is %s', v_run.id, v_run.session_id, v_run.state),
      'cancel it first: agentpg.cancel_run()',
      jsonb_build_object('session_id', v_run.session_id, 'run_id', v_run.id, 'state', v_run.state));
  end if;
  v_forks := agentpg._readers_of(session_ids);
  if v_forks <> '{}' then
    perform agentpg._refuse('AP261',
      format('%s of session %s: %s%s', case when cardinality(v_forks) = 1 then 'a fork shows messages' else cardinality(v_forks) || ' forks show messages' end,
        session_ids[1], array_to_string(v_forks[1:10], ', '), case when cardinality(v_forks) > 10 then ', ...' else '' end),
      'delete the forks first', jsonb_build_object('session_id', session_ids[1], 'fork_session_ids', to_jsonb(v_forks[1:100])));
  end if;
end
$$;
comment on function agentpg._check_deletable(uuid[]) is
  'AP260, AP261 or AP262 unless a session and all below it can be deleted. A run that waits for input does not stand in the way. The caller holds the locks of the sessions.';

create function agentpg._count_rows(session_ids uuid[], run_ids uuid[])
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  return jsonb_build_object(
    'sessions', cardinality(session_ids),
    'messages', (select count(*) from agentpg.messages m where m.session_id = any (session_ids)),
    'runs', cardinality(run_ids),
    'iterations', (select count(*) from agentpg.iterations t where t.run_id = any (run_ids)),
    'tool_executions', (select count(*) from agentpg.tool_executions e where e.run_id = any (run_ids)),
    'compactions', (select count(*) from agentpg.compactions c where c.session_id = any (session_ids)),
    'failed_attempts', (select count(*) from agentpg.failed_attempts f where f.run_id = any (run_ids)),
    'events', (select count(*) from agentpg.run_events e where e.root_run_id = any (run_ids))
  );
end
$$;
comment on function agentpg._count_rows(uuid[], uuid[]) is 'How many rows of each kind belong to these sessions and runs.';

create function agentpg._delete_sessions(session_ids uuid[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  -- A fork of a fork may go on from here without showing a message of it: then it goes on from where this one did.
  update agentpg.sessions f
  set forked_from_session_id = s.forked_from_session_id,
    forked_at_seq = case when s.forked_from_session_id is not null then f.forked_at_seq end
  from agentpg.sessions s
  where f.forked_from_session_id = s.id and s.id = any (_delete_sessions.session_ids) and f.id <> all (_delete_sessions.session_ids);
  delete from agentpg.budget_entries e
  where e.budget_id in (select b.id from agentpg.budgets b where b.session_id = any (_delete_sessions.session_ids));
  delete from agentpg.budgets b where b.session_id = any (_delete_sessions.session_ids);
  update agentpg.sessions s set compaction_id = null
  where s.id = any (_delete_sessions.session_ids) and s.compaction_id is not null;
  delete from agentpg.compactions c where c.session_id = any (_delete_sessions.session_ids);
  delete from agentpg.messages m where m.session_id = any (_delete_sessions.session_ids);
  delete from agentpg.session_origins o where o.session_id = any (_delete_sessions.session_ids);
  delete from agentpg.sessions s where s.id = any (_delete_sessions.session_ids);
end
$$;
comment on function agentpg._delete_sessions(uuid[]) is
  'Deletes sessions whose runs are deleted already. The caller holds their locks.';

create function agentpg.delete_session(session_id uuid, dry_run boolean default false)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_ids uuid[];
  v_run_ids uuid[];
  v_counts jsonb;
begin
  v_ids := agentpg._lock_session_tree(session_id);
  if v_ids = '{}' then
    perform agentpg._refuse('AP002', format('no session has id %s', coalesce(session_id::text, 'null')),
      'agentpg.list_sessions() shows what there is', jsonb_build_object('session_id', session_id));
  end if;
  perform agentpg._check_deletable(v_ids);
  v_run_ids := array(select i.run_id from agentpg.run_inputs i where i.session_id = any (v_ids));
  v_counts := agentpg._count_rows(v_ids, v_run_ids);
  if not coalesce(dry_run, false) then
    perform agentpg._delete_runs(v_run_ids);
    perform agentpg._delete_sessions(v_ids);
  end if;
  return v_counts;
end
$$;
comment on function agentpg.delete_session(uuid, boolean) is
  'Deletes a session with everything that belongs to it: the sessions below it, runs, messages, events. Returns how many rows of each kind, {sessions, messages, runs, iterations, tool_executions, compactions, failed_attempts, events}; with dry_run it only counts. What was used stays, as sums without content, in agentpg.deleted_usage. Refused while a run is active (one that waits for input is deleted with the rest), while a fork shows its messages, and for the session of a delegate, which goes with the session above it. Errors: AP002, AP260, AP261, AP262.';

commit;
