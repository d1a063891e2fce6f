-- Deploy agentpg:runs/fork_session to pg
-- requires: runs/runs
-- requires: conversation/transcript
-- requires: conversation/create_session
-- requires: conversation/large_content
begin;

create function agentpg._turn_at(session_id uuid, seq bigint)
returns int8range
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_part record;
begin
  select p.part_session_id, p.first_seq, p.last_seq, m.run_id into v_part
  from agentpg._transcript_parts(_turn_at.session_id) p
  join agentpg.messages m on m.session_id = p.part_session_id and m.seq = _turn_at.seq
  where _turn_at.seq between p.first_seq and p.last_seq;
  if v_part.run_id is null then
    return int8range(seq, seq, '[]');
  end if;
  -- The messages of a turn are neighbours: the walks stop at the first one of another run.
  return int8range(
    coalesce((
      select b.seq + 1 from agentpg.messages b
      where b.session_id = v_part.part_session_id and b.run_id is distinct from v_part.run_id
        and b.seq >= v_part.first_seq and b.seq < _turn_at.seq
      order by b.seq desc limit 1
    ), v_part.first_seq),
    coalesce((
      select a.seq from agentpg.messages a
      where a.session_id = v_part.part_session_id and a.run_id is distinct from v_part.run_id
        and a.seq > _turn_at.seq and a.seq <= v_part.last_seq
      order by a.seq limit 1
    ), nullif(v_part.last_seq, 9223372036854775807) + 1)
  );
end
$$;
comment on function agentpg._turn_at(uuid, bigint) is
  'The messages of the turn that this one belongs to, as far as the session has them; without an upper bound when it is the last one.';

create function agentpg._last_cut(session agentpg.sessions)
returns bigint
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_last bigint;
  v_run_id uuid;
begin
  select m.seq, m.run_id into v_last, v_run_id
  from agentpg.messages m where m.session_id = session.id
  order by m.seq desc limit 1;
  if not found then
    return coalesce(session.forked_at_seq, 0);
  end if;
  if exists (
    select from agentpg.runs r where r.id = v_run_id and r.finalized_at is null and r.state <> 'awaiting_input'
  ) then
    return lower(agentpg._turn_at(session.id, v_last)) - 1;
  end if;
  return v_last;
end
$$;
comment on function agentpg._last_cut(agentpg.sessions) is
  'The last place of a session where it may be forked: its end, or before its active turn. A run that waits for input has a whole turn.';

create function agentpg._check_cut(session agentpg.sessions, at_seq bigint)
returns bigint
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_last bigint := agentpg._last_cut(session);
  v_run_ids uuid[];
  v_turn int8range;
  v_nearest bigint := greatest(0, least(at_seq, v_last));
begin
  if at_seq is null or at_seq = v_last or at_seq = 0 then
    return coalesce(at_seq, v_last);
  end if;
  if at_seq between 1 and v_last then
    select array_agg(m.run_id order by m.seq) into v_run_ids
    from agentpg._transcript_parts(session.id) p
    cross join lateral (
      select t.seq, t.run_id from agentpg.messages t
      where t.session_id = p.part_session_id and t.seq between greatest(p.first_seq, at_seq) and least(p.last_seq, at_seq + 1)
      order by t.seq
      limit 2
    ) m;
    if v_run_ids[1] is null or v_run_ids[1] <> v_run_ids[2] then
      return at_seq;
    end if;
    v_turn := agentpg._turn_at(session.id, at_seq);
    v_nearest := coalesce(upper(v_turn) - 1, v_last);
    if at_seq - (lower(v_turn) - 1) < v_nearest - at_seq then
      v_nearest := lower(v_turn) - 1;
    end if;
  end if;
  perform agentpg._refuse('AP117',
    case
      when at_seq between 1 and v_last then format('message %s of session %s is inside a turn', at_seq, session.id)
      when exists (select from agentpg.messages m where m.session_id = session.id and m.seq = at_seq)
        then format('message %s of session %s is part of a turn that goes on', at_seq, session.id)
      else format('session %s has no message %s', session.id, at_seq)
    end,
    format('the nearest place between two turns is at_seq => %s', v_nearest),
    jsonb_build_object('session_id', session.id, 'at_seq', at_seq, 'nearest_seq', v_nearest));
  return null;
end
$$;
comment on function agentpg._check_cut(agentpg.sessions, bigint) is
  'Where to cut the session: as asked, the last possible place for null, or AP117 with the nearest one.';

create function agentpg._check_not_archived(session agentpg.sessions, at_seq bigint)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if coalesce((select c.cut_seq from agentpg.compactions c where c.id = agentpg._compaction_at(session.compaction_id, at_seq)), 0)
    < session.archived_seq
  then
    perform agentpg._refuse('AP117', format('the messages of session %s up to %s are deleted', session.id, session.archived_seq),
      'only the summary is left of them: go on after it', jsonb_build_object('session_id', session.id, 'archived_seq', session.archived_seq));
  end if;
end
$$;
comment on function agentpg._check_not_archived(agentpg.sessions, bigint) is
  'AP117 when a context that ends with this message would need some that are deleted.';

create function agentpg._fork(session agentpg.sessions, at_seq bigint, metadata jsonb)
returns uuid
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id uuid;
begin
  -- A request reads one range of messages for each session it inherits from.
  if (select count(*) from agentpg.session_origins o where o.session_id = session.id) >= 100 then
    perform agentpg._refuse('AP117', format('session %s goes on from a fork of a fork, a hundred deep', session.id),
      'fork one of its origins', jsonb_build_object('session_id', session.id));
  end if;
  if _fork.at_seq > 0 then
    perform agentpg._check_not_archived(session, _fork.at_seq);
  end if;
  insert into agentpg.sessions as s (metadata, on_busy, forked_from_session_id, forked_at_seq, superseded_seqs,
    compaction, compaction_id, thinking_from_seq, archived_seq)
  values (
    _fork.metadata, session.on_busy, session.id, _fork.at_seq,
    nullif(session.superseded_seqs * int8multirange(int8range(null, _fork.at_seq, '[]')), '{}'),
    session.compaction, agentpg._compaction_at(session.compaction_id, _fork.at_seq),
    case when session.thinking_from_seq is not null then least(session.thinking_from_seq, _fork.at_seq + 1) end,
    case when _fork.at_seq > 0 then session.archived_seq end
  )
  returning s.id into v_id;
  insert into agentpg.session_origins (session_id, first_seq, last_seq, origin_session_id)
  select v_id, p.first_seq, least(p.last_seq, _fork.at_seq), p.part_session_id
  from agentpg._transcript_parts(session.id) p
  where p.first_seq <= _fork.at_seq;
  insert into agentpg.content_uses (session_id, content_id)
  select v_id, u.content_id from agentpg.content_uses u where u.session_id = session.id;
  update agentpg.sessions s
  set context_tokens = case when _fork.at_seq = agentpg._last_cut(session) then session.context_tokens end,
    -- Under another beginning than it was written for.
    thinking_from_seq = case when s.compaction_id is distinct from session.compaction_id then _fork.at_seq + 1 else s.thinking_from_seq end
  where s.id = v_id;
  return v_id;
end
$$;
comment on function agentpg._fork(agentpg.sessions, bigint, jsonb) is
  'A session that goes on from another one after this message, which ends a turn of it. The caller holds the lock of the other one.';

create function agentpg.fork_session(session_id uuid, at_seq bigint default null, metadata jsonb default null)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_session agentpg.sessions;
  v_metadata jsonb;
begin
  select s.* into v_session from agentpg.sessions s where s.id = fork_session.session_id for no key update;
  if not found then
    perform agentpg._refuse('AP002', format('no session has id %s', coalesce(session_id::text, 'null')),
      'agentpg.list_sessions() shows what there is', jsonb_build_object('session_id', session_id));
  end if;
  v_metadata := case when metadata is null then v_session.metadata else agentpg._check_metadata(metadata) end;
  if not v_metadata ? 'tenant_id' and v_session.tenant_id is not null then
    v_metadata := v_metadata || jsonb_build_object('tenant_id', v_session.tenant_id);
  elsif v_metadata ->> 'tenant_id' is distinct from v_session.tenant_id then
    perform agentpg._refuse('AP104', 'a fork stays with the tenant of its origin', 'leave tenant_id out of metadata',
      jsonb_build_object('session_id', session_id));
  end if;
  return agentpg._fork(v_session, agentpg._check_cut(v_session, at_seq), v_metadata);
end
$$;
comment on function agentpg.fork_session(uuid, bigint, jsonb) is
  'Creates a session that begins with the messages of another one up to at_seq, without copying them, and returns its id; what either of them says later is its own. at_seq ends a turn; null is the last place where that is so, before the turn that is under way. metadata replaces that of the origin (the tenant stays); policies are taken over, runs are not. Errors: AP002, AP104, AP105, AP117.';

commit;
