-- Deploy agentpg:runs/move_marks to pg
-- requires: runs/claim_marks
begin;

create function agentpg._claim_levels(run_mode agentpg.run_mode default null, at timestamptz default null)
returns setof agentpg.claim_marks
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  return query
  with recursive level as (
    select m
    from agentpg.queues q
    cross join lateral (
      select n from agentpg.claim_marks n where n.queue_id = q.id order by n.priority desc, n.id desc limit 1
    ) m(m)
    where _claim_levels.run_mode is null
      or (q.run_mode = _claim_levels.run_mode and q.parked_at is null and (q.paused_until is null or q.paused_until <= _claim_levels.at))
    union all
    select m.m
    from level l
    cross join lateral (
      select n from agentpg.claim_marks n
      where n.queue_id = (l.m).queue_id and n.priority < (l.m).priority
      order by n.priority desc, n.id desc
      limit 1
    ) m(m)
  )
  select (l.m).* from level l;
end
$$;
comment on function agentpg._claim_levels(agentpg.run_mode, timestamptz) is
  'The marks that count, one for each queue and priority, of all queues, or of those of a mode that are not paused: one probe of an index for each, however many there were.';

create function agentpg._first_ready(level agentpg.claim_marks, behind boolean, at timestamptz, out ready_at timestamptz, out id uuid)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  if behind then
    select r.ready_at, r.id into _first_ready.ready_at, _first_ready.id
    from agentpg.runs r
    where r.queue_id = level.queue_id and r.priority = level.priority and (r.ready_at, r.id) < (level.ready_from, level.ready_id)
      and r.ready_at <= level.ready_from
    order by r.ready_at, r.id
    limit 1;
  else
    select r.ready_at, r.id into _first_ready.ready_at, _first_ready.id
    from agentpg.runs r
    where r.queue_id = level.queue_id and r.priority = level.priority and (r.ready_at, r.id) >= (level.ready_from, level.ready_id)
      and r.ready_at <= _first_ready.at
    order by r.ready_at, r.id
    limit 1;
  end if;
end
$$;
comment on function agentpg._first_ready(agentpg.claim_marks, boolean, timestamptz) is
  'The first ready run behind a mark, or from it on; null for none.';

-- Three steps, so that nothing is passed over that is still being made ready: a place before which nothing was ready (then);
-- seen by all, it waits for those at work who may not have seen it (next); they have ended, and left nothing (ready).
create function agentpg._move_mark(queue_id integer, priority integer, at timestamptz)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_mark agentpg.claim_marks;
  v_new agentpg.claim_marks;
begin
  -- Each statement here has to see what was committed before it.
  if current_setting('transaction_isolation') <> 'read committed'
    or not pg_try_advisory_xact_lock(1095189586, _move_mark.queue_id * 32 + _move_mark.priority)
  then
    return false;
  end if;
  v_mark := agentpg._newest_mark(_move_mark.queue_id, _move_mark.priority);
  if v_mark.next_xid > pg_snapshot_xmin(pg_current_snapshot()) and v_mark.made_at >= at - interval '10 seconds' then
    return false;
  end if;
  v_new := v_mark;
  -- Of what became ready just now the id does not count, so that what comes back behind it is due at once all the same.
  select coalesce(f.ready_at, at), case when f.ready_at < at - interval '1 second' then f.id else '00000000-0000-0000-0000-000000000000' end
  into v_new.then_from, v_new.then_id
  from agentpg._first_ready(v_mark, false, at) f;
  if (v_new.then_from, v_new.then_id) < (v_mark.ready_from, v_mark.ready_id) then
    return false;
  elsif (v_mark.next_from, v_mark.next_id) <= (v_new.then_from, v_new.then_id) then
    v_new.ready_from := v_mark.next_from;
    v_new.ready_id := v_mark.next_id;
  elsif v_mark.next_from is not null then
    v_new.ready_from := v_new.then_from;
    v_new.ready_id := v_new.then_id;
  end if;
  insert into agentpg.claim_marks (queue_id, priority, ready_from, ready_id, next_from, next_id, next_xid, then_from, then_id, made_at)
  values (
    _move_mark.queue_id, _move_mark.priority, v_new.ready_from, v_new.ready_id, v_mark.then_from, v_mark.then_id,
    case when v_mark.then_from is not null then pg_snapshot_xmax(pg_current_snapshot()) end,
    v_new.then_from, v_new.then_id, at
  );
  return true;
end
$$;
comment on function agentpg._move_mark(integer, integer, timestamptz) is
  'Moves the mark of a queue and priority a step towards the first ready run. False while somebody else does, or a transaction is at work that may still leave a run behind it: that is waited for no longer than 10 seconds.';

create function agentpg._look_back(at timestamptz)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_level agentpg.claim_marks;
  v_found record;
  v_count integer := 0;
begin
  for v_level in
    select l.* from agentpg._claim_levels() l
    -- Where no mark has moved, nothing is behind it.
    where l.then_from is not null or l.ready_from > '-infinity'
    order by l.queue_id, l.priority
  loop
    delete from agentpg.claim_marks m
    where m.queue_id = v_level.queue_id and m.priority = v_level.priority and m.id < v_level.id and m.made_at < at - interval '1 minute';
    select f.ready_at, f.id into v_found from agentpg._first_ready(v_level, true, at) f;
    if v_found.id is null then
      perform agentpg._move_mark(v_level.queue_id, v_level.priority, at);
    elsif pg_try_advisory_xact_lock(1095189586, v_level.queue_id * 32 + v_level.priority) then
      insert into agentpg.claim_marks (queue_id, priority, ready_from, ready_id, made_at)
      values (v_level.queue_id, v_level.priority, v_found.ready_at, v_found.id, at);
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end
$$;
comment on function agentpg._look_back(timestamptz) is
  'Looks behind all marks for runs that were made ready there by a transaction of more than 10 seconds, and moves the marks back to them; returns how many. Forgets old marks.';

commit;
