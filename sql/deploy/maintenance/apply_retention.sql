-- Deploy agentpg:maintenance/apply_retention to pg
-- requires: maintenance/retention_policies
-- requires: maintenance/expire
-- requires: maintenance/expire_archive
-- requires: events/trim_events
begin;

create type agentpg.retained as (
  kind text,
  state text,
  older_than timestamptz,
  count bigint,
  oldest timestamptz
);
comment on type agentpg.retained is
  'What a policy deletes, or would delete: how many, and from when the oldest is. older_than is null when they are kept for ever.';

create function agentpg._walk(policy agentpg.retention_policies, before timestamptz, max_count integer)
returns table (id uuid, since timestamptz, due boolean)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_after uuid := coalesce(policy.walked_to, '00000000-0000-0000-0000-000000000000');
begin
  case policy.kind
    when 'sessions' then
      return query
      select s.id, s.updated_at, s.updated_at < _walk.before and s.parent_session_id is null
      from agentpg.sessions s
      where s.id > v_after
      order by s.id
      limit _walk.max_count;
    when 'runs' then
      return query
      select r.id, r.finalized_at,
        coalesce(r.finalized_at < _walk.before, false) and r.state::text = policy.state and i.parent_run_id is null and agentpg._has_later_turn(r.id)
      from agentpg.runs r
      join agentpg.run_inputs i on i.run_id = r.id
      where r.id > v_after
      order by r.id
      limit _walk.max_count;
    when 'batches' then
      return query
      select b.id, b.closed_at, coalesce(b.closed_at < _walk.before, false) and b.state::text = policy.state
      from agentpg.batches b
      where b.id > v_after
      order by b.id
      limit _walk.max_count;
    else
      return query
      select c.id, c.closed_at, coalesce(c.closed_at < _walk.before, false) and c.state = 'applied' and exists (
          select from agentpg.sessions s
          where s.id = c.session_id and s.compaction_id = c.id and c.cut_seq > coalesce(s.archived_seq, 0)
        )
      from agentpg.compactions c
      where c.id > v_after
      order by c.id
      limit _walk.max_count;
  end case;
end
$$;
comment on function agentpg._walk(agentpg.retention_policies, timestamptz, integer) is
  'The next rows that a policy looks at, and whether they are old enough and in its state.';

create function agentpg._apply_policy(policy agentpg.retention_policies, max_count integer)
returns agentpg.retained
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  -- Rows in one transaction: one session or run may be larger, and goes as a whole.
  v_max_rows constant bigint := 20000;
  v_done agentpg.retained;
  v_row record;
  v_looked integer := 0;
  v_gone bigint;
  v_rows bigint := 0;
begin
  v_done.kind := policy.kind;
  v_done.state := policy.state;
  v_done.older_than := agentpg.now() - policy.max_age;
  v_done.count := 0;
  for v_row in select w.* from agentpg._walk(policy, v_done.older_than, 10 * max_count) w loop
    v_looked := v_looked + 1;
    policy.walked_to := v_row.id;
    continue when not v_row.due;
    v_gone := case policy.kind
      when 'sessions' then agentpg._expire_session(v_row.id, v_done.older_than)
      when 'runs' then agentpg._expire_run(v_row.id, v_done.older_than)
      when 'archives' then agentpg._expire_archive(v_row.id)
      else agentpg._expire_batch(v_row.id)
    end;
    continue when v_gone is null;
    v_done.count := v_done.count + 1;
    v_done.oldest := least(v_done.oldest, v_row.since);
    v_rows := v_rows + v_gone;
    exit when v_done.count >= max_count or v_rows >= v_max_rows;
  end loop;
  update agentpg.retention_policies p
  set walked_to = case when v_looked < 10 * max_count and v_done.count < max_count and v_rows < v_max_rows then null else policy.walked_to end
  where p.kind = policy.kind and p.state = policy.state;
  return v_done;
end
$$;
comment on function agentpg._apply_policy(agentpg.retention_policies, integer) is
  'Deletes up to max_count things that a policy no longer keeps, of ten times as many that it looks at. The caller holds the policy.';

create function agentpg._apply_policies(max_count integer)
returns setof agentpg.retained
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_policy agentpg.retention_policies;
begin
  for v_policy in
    select p.* from agentpg.retention_policies p
    where p.max_age is not null
    order by p.kind desc, p.state
    for no key update skip locked
  loop
    return next agentpg._apply_policy(v_policy, max_count);
  end loop;
end
$$;
comment on function agentpg._apply_policies(integer) is 'Applies each policy that somebody has set, but for those that somebody else is applying.';

create function agentpg._tree_of(session_ids uuid[])
returns uuid[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    with recursive tree as (
      select g.id from unnest(_tree_of.session_ids) as g(id)
      union
      select s.id from tree t join agentpg.sessions s on s.parent_session_id = t.id
    )
    select t.id from tree t
  );
end
$$;
comment on function agentpg._tree_of(uuid[]) is 'These sessions and all below them.';

create function agentpg._is_due(kind text, id uuid, before timestamptz)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case _is_due.kind
    when 'sessions' then agentpg._is_expired(agentpg._tree_of(array[_is_due.id]), before)
    when 'runs' then agentpg._is_expired(agentpg._tree_of(array(
        select i.session_id from agentpg.run_inputs i where i.parent_run_id = _is_due.id
      )), before)
      and not exists (
        select from agentpg.runs r
        join agentpg.runs a on a.session_id = r.session_id and a.finalized_at is null and not a.blocked and a.state <> 'awaiting_input'
        where r.id = _is_due.id
      )
    when 'archives' then agentpg._archive_end(_is_due.id) is not null
    else not exists (select from agentpg.batch_members m where m.batch_id = _is_due.id and m.result is not null)
  end;
end
$$;
comment on function agentpg._is_due(text, uuid, timestamptz) is 'Whether what is old enough would be deleted, if nobody held it.';

create function agentpg._count_policy(policy agentpg.retention_policies)
returns agentpg.retained
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_told agentpg.retained;
begin
  v_told.kind := policy.kind;
  v_told.state := policy.state;
  v_told.older_than := agentpg.now() - policy.max_age;
  policy.walked_to := null;
  select count(*), min(w.since) into v_told.count, v_told.oldest
  from agentpg._walk(policy, v_told.older_than, 2147483647) w
  where w.due and agentpg._is_due(policy.kind, w.id, v_told.older_than);
  return v_told;
end
$$;
comment on function agentpg._count_policy(agentpg.retention_policies) is 'What a policy no longer keeps, all of it.';

create function agentpg._count_events()
returns setof agentpg.retained
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select 'events', 'deltas', agentpg.now() - s.event_delta_retention, count(e.seq), min(e.created_at)
  from agentpg.settings s
  left join agentpg.run_events e on e.kind in ('text', 'thinking', 'gap', 'tool_progress') and e.created_at < agentpg.now() - s.event_delta_retention
  group by s.event_delta_retention
  union all
  select 'events', 'ended', agentpg.now() - s.event_retention, count(e.seq), min(e.created_at)
  from agentpg.settings s
  left join agentpg.run_streams t on t.ended_at <= agentpg.now() - s.event_retention
  left join agentpg.run_events e on e.root_run_id = t.root_run_id
  group by s.event_retention
$$;
comment on function agentpg._count_events() is 'Events that are older than the settings keep them; pieces of answers that are not stored yet are kept all the same.';

create function agentpg.apply_retention(max_count integer default 100, dry_run boolean default false)
returns setof agentpg.retained
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._check_page(max_count);
  if dry_run then
    return query
    select c.* from agentpg.retention_policies p cross join lateral agentpg._count_policy(p) c order by c.kind desc, c.state;
    return query select e.* from agentpg._count_events() e;
    return;
  end if;
  return query select a.* from agentpg._apply_policies(max_count) a;
  return query
  select 'events', 'any', null::timestamptz, agentpg._trim_events(max_count, 50 * max_count)::bigint, null::timestamptz;
end
$$;
comment on function agentpg.apply_retention(integer, boolean) is
  'Deletes what the policies of set_retention, and the settings for events, no longer keep: at most max_count of each kind and state, passing over what somebody holds; the maintenance does the same by itself. Call it again while a count is above 0 to be done sooner. With dry_run nothing is deleted, and each policy says how much it would delete in all: it looks at everything. Never a session with an active run, or one that a fork shows. Errors: AP108.';

commit;
