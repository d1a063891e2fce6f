-- Deploy agentpg:maintenance/expire to pg
-- requires: conversation/delete_session
-- requires: maintenance/forget_unused_content
begin;

-- A sweep waits for nobody: what somebody holds is left for the next time.
create function agentpg._try_lock_session_tree(session_id uuid)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_ids uuid[] := '{}';
  v_level uuid[] := array[session_id];
  v_locked uuid[];
begin
  while v_level <> '{}' loop
    v_locked := array(select s.id from agentpg.sessions s where s.id = any (v_level) order by s.id for update skip locked);
    if cardinality(v_locked) < cardinality(v_level) then
      return null;
    end if;
    v_ids := v_ids || v_locked;
    v_level := array(select s.id from agentpg.sessions s where s.parent_session_id = any (v_locked) order by s.id);
  end loop;
  return v_ids;
end
$$;
comment on function agentpg._try_lock_session_tree(uuid) is 'As _lock_session_tree, but null when somebody holds one of the sessions.';

create function agentpg._is_expired(session_ids uuid[], before timestamptz)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
begin
  return not exists (
      select from agentpg.sessions s where s.id = any (session_ids) and s.updated_at >= _is_expired.before
    ) and not exists (
      select from agentpg.runs r
      where r.session_id = any (session_ids) and r.finalized_at is null and not r.blocked and r.state <> 'awaiting_input'
    ) and agentpg._readers_of(session_ids) = '{}';
end
$$;
comment on function agentpg._is_expired(uuid[], timestamptz) is
  'Whether nothing has happened in these sessions since then, no run of them is active, and no fork shows anything of them.';

create function agentpg._try_lock_around(session_ids uuid[], run_ids uuid[])
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_held bigint;
  v_all bigint;
begin
  with held as (
    select 1 from agentpg.run_streams s where s.root_run_id = any (run_ids) order by s.root_run_id for update skip locked
  )
  select count(*) into v_held from held;
  select count(*) into v_all from agentpg.run_streams s where s.root_run_id = any (run_ids);
  if v_held < v_all then
    return false;
  end if;
  with held as (
    select 1 from agentpg.sessions f
    where f.forked_from_session_id = any (session_ids) and f.id <> all (session_ids)
    order by f.id for no key update skip locked
  )
  select count(*) into v_held from held;
  select count(*) into v_all from agentpg.sessions f
  where f.forked_from_session_id = any (session_ids) and f.id <> all (session_ids);
  return v_held = v_all;
end
$$;
comment on function agentpg._try_lock_around(uuid[], uuid[]) is
  'Locks what else the deletion of these sessions and runs changes: event streams, and forks that show nothing of them; false when somebody holds one.';

create function agentpg._expire_session(session_id uuid, before timestamptz)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_ids uuid[];
  v_run_ids uuid[];
  v_count bigint;
begin
  v_ids := agentpg._try_lock_session_tree(session_id);
  if coalesce(v_ids, '{}') = '{}' or not agentpg._is_expired(v_ids, before) then
    return null;
  end if;
  v_run_ids := array(select i.run_id from agentpg.run_inputs i where i.session_id = any (v_ids));
  if not agentpg._try_lock_around(v_ids, v_run_ids) then
    return null;
  end if;
  select count(*) into v_count from agentpg.messages m where m.session_id = any (v_ids);
  perform agentpg._delete_runs(v_run_ids);
  perform agentpg._delete_sessions(v_ids);
  return v_count + cardinality(v_run_ids);
end
$$;
comment on function agentpg._expire_session(uuid, timestamptz) is
  'Deletes a session that has been idle since before then, with all below it; returns how many messages and runs went, null when it stays.';

create function agentpg._has_later_turn(run_id uuid)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
begin
  return exists (
    select from agentpg.run_inputs i
    join agentpg.run_inputs n on n.session_id = i.session_id and n.turn > i.turn
    where i.run_id = _has_later_turn.run_id
  );
end
$$;
comment on function agentpg._has_later_turn(uuid) is 'Whether another run of its session came after it: the last one says where the next goes.';

create function agentpg._expire_run(run_id uuid, before timestamptz)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  v_run agentpg.runs;
  v_child_id uuid;
  v_ids uuid[] := '{}';
  v_more uuid[];
  v_run_ids uuid[];
begin
  v_run := agentpg._try_lock_run(run_id);
  if v_run.id is null or v_run.finalized_at >= before or exists (
    select from agentpg.runs a
    where a.session_id = v_run.session_id and a.finalized_at is null and not a.blocked and a.state <> 'awaiting_input'
  ) or not agentpg._has_later_turn(v_run.id) then
    return null;
  end if;
  for v_child_id in
    select i.session_id from agentpg.run_inputs i where i.parent_run_id = v_run.id order by i.session_id
  loop
    v_more := agentpg._try_lock_session_tree(v_child_id);
    if v_more is null then
      return null;
    end if;
    v_ids := v_ids || v_more;
  end loop;
  if not agentpg._is_expired(v_ids, before) then
    return null;
  end if;
  v_run_ids := v_run.id || array(select i.run_id from agentpg.run_inputs i where i.session_id = any (v_ids));
  if not agentpg._try_lock_around(v_ids, v_run_ids) then
    return null;
  end if;
  perform agentpg._delete_runs(v_run_ids);
  perform agentpg._delete_sessions(v_ids);
  update agentpg.sessions s set removed_runs = s.removed_runs + 1 where s.id = v_run.session_id;
  perform agentpg._forget_unused_content(v_run.session_id);
  return cardinality(v_run_ids);
end
$$;
comment on function agentpg._expire_run(uuid, timestamptz) is
  'Deletes a run that ended before then, with the sessions of its delegates; its messages stay, they are the conversation. Returns how many runs went, null when it stays.';

create function agentpg._expire_batch(batch_id uuid)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_count bigint;
begin
  perform from agentpg.batches b where b.id = _expire_batch.batch_id and b.closed_at is not null for update skip locked;
  if not found or exists (
    -- A result that is still to go to its run.
    select from agentpg.batch_members m where m.batch_id = _expire_batch.batch_id and m.result is not null
  ) then
    return null;
  end if;
  delete from agentpg.batch_members m where m.batch_id = _expire_batch.batch_id;
  get diagnostics v_count = row_count;
  delete from agentpg.batches b where b.id = _expire_batch.batch_id;
  return v_count;
end
$$;
comment on function agentpg._expire_batch(uuid) is 'Deletes a batch that is over, and what is known of its requests; returns how many these were, null when it stays.';

commit;
