-- Deploy agentpg:maintenance/expire_archive to pg
-- requires: conversation/transcript
-- requires: runs/fork_session
-- requires: maintenance/forget_unused_content
begin;

create function agentpg._archive_end(compaction_id uuid)
returns bigint
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_session agentpg.sessions;
  v_end bigint;
  v_turn int8range;
begin
  select c.cut_seq into v_end from agentpg.compactions c where c.id = _archive_end.compaction_id and c.state = 'applied';
  select s.* into v_session
  from agentpg.compactions c
  join agentpg.sessions s on s.id = c.session_id
  where c.id = _archive_end.compaction_id and s.compaction_id = c.id;
  if not found or exists (
    select from agentpg.runs r where r.session_id = v_session.id and r.finalized_at is null and not r.blocked and r.state <> 'awaiting_input'
  ) then
    return null;
  end if;
  -- A turn goes as a whole, and never the last one: the next one's place is counted from it.
  v_turn := agentpg._turn_at(v_session.id, v_end);
  if coalesce(upper(v_turn) - 1, 9223372036854775807) > v_end then
    v_end := lower(v_turn) - 1;
  end if;
  if v_end <= coalesce(v_session.archived_seq, 0)
    or not exists (select from agentpg.messages m where m.session_id = v_session.id and m.seq > v_end)
    or exists (select from agentpg.session_origins o where o.origin_session_id = v_session.id and o.first_seq <= v_end)
  then
    return null;
  end if;
  return v_end;
end
$$;
comment on function agentpg._archive_end(uuid) is
  'Up to which message a summary in force lets its session do without: the end of the last turn that it covers whole. Null while a run is active, or a fork shows them.';

create function agentpg._expire_archive(compaction_id uuid)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_session_id uuid;
  v_end bigint;
  v_count bigint;
begin
  select c.session_id into v_session_id from agentpg.compactions c where c.id = _expire_archive.compaction_id;
  perform from agentpg.sessions s where s.id = v_session_id for no key update skip locked;
  if not found then
    return null;
  end if;
  v_end := agentpg._archive_end(compaction_id);
  if v_end is null then
    return null;
  end if;
  delete from agentpg.messages m where m.session_id = v_session_id and m.seq <= v_end;
  get diagnostics v_count = row_count;
  -- What it inherited stands elsewhere: it lets go of it, and its origin may be deleted.
  with gone as (
    delete from agentpg.session_origins o where o.session_id = v_session_id and o.first_seq <= v_end returning o.*
  )
  insert into agentpg.session_origins (session_id, first_seq, last_seq, origin_session_id)
  select g.session_id, v_end + 1, g.last_seq, g.origin_session_id from gone g where g.last_seq > v_end;
  update agentpg.compactions c set base_id = null
  from agentpg.compactions b
  where c.session_id = v_session_id and b.id = c.base_id and b.cut_seq < v_end;
  update agentpg.sessions s set archived_seq = v_end where s.id = v_session_id;
  perform agentpg._forget_unused_content(v_session_id);
  return v_count;
end
$$;
comment on function agentpg._expire_archive(uuid) is
  'Deletes the messages that a summary in force stands for; from then on it cannot be restored. Returns how many went, null when they stay.';

commit;
