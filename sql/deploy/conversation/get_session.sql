-- Deploy agentpg:conversation/get_session to pg
-- requires: conversation/transcript
-- requires: core/validation
-- requires: conversation/references
begin;

create function agentpg.get_session(session_id uuid)
returns agentpg.sessions
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_row agentpg.sessions;
begin
  select s.* into v_row from agentpg.sessions s where s.id = get_session.session_id;
  if not found then
    perform agentpg._refuse('AP002', format('no session has id %s', coalesce(session_id::text, 'null')),
      'agentpg.list_sessions() shows what there is', jsonb_build_object('session_id', session_id));
  end if;
  return v_row;
end
$$;
comment on function agentpg.get_session(uuid) is 'A session by id. Errors: AP002.';

create function agentpg.list_sessions(metadata jsonb default null, max_count integer default 100, before uuid default null)
returns setof agentpg.sessions
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._check_page(max_count);
  if metadata is not null then
    perform agentpg._check_metadata(metadata);
  end if;
  return query
  select s.*
  from agentpg.sessions s
  where (list_sessions.metadata is null or s.metadata @> list_sessions.metadata)
    and (list_sessions.before is null or s.id < list_sessions.before)
  order by s.id desc
  limit list_sessions.max_count;
end
$$;
comment on function agentpg.list_sessions(jsonb, integer, uuid) is
  'Sessions by id, newest first, those whose metadata contains the given object. The next page starts before the last id of this one. Errors: AP104, AP108.';

create function agentpg.session_messages(
  session_id uuid,
  after_seq bigint default 0,
  max_count integer default 1000,
  superseded boolean default false
)
returns setof agentpg.messages
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_session agentpg.sessions;
  v_hidden int8multirange;
  v_large boolean;
begin
  perform agentpg._check_page(max_count);
  v_session := agentpg.get_session(session_id);
  v_hidden := int8multirange(int8range(null, least(coalesce(after_seq, 0), 9223372036854775806), '[]'))
    + case when superseded then '{}' else coalesce(v_session.superseded_seqs, '{}') end;
  v_large := exists (select from agentpg.content_uses u where u.session_id = v_session.id);
  return query
  select m.session_id, m.seq, m.role, case when v_large then agentpg.whole_content(m.content) else m.content end,
    m.run_id, m.iteration_id, m.tenant_id, m.created_at
  from agentpg._transcript_parts(v_session.id, v_hidden) p
  cross join lateral (
    select t.*
    from agentpg.messages t
    where t.session_id = p.part_session_id and t.seq between p.first_seq and p.last_seq
    order by t.seq
    limit session_messages.max_count
  ) m
  order by m.seq
  limit session_messages.max_count;
end
$$;
comment on function agentpg.session_messages(uuid, bigint, integer, boolean) is
  'The transcript of a session in order, a page at a time; in a fork with the inherited messages, which stand in the session they name. Those of regenerated turns are left out unless superseded is true. Errors: AP002, AP108.';

commit;
