-- Deploy agentpg:conversation/create_session to pg
-- requires: conversation/sessions
-- requires: core/validation
begin;

create function agentpg.create_session(parent_session_id uuid default null, metadata jsonb default '{}')
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id uuid;
  v_depth integer := 0;
begin
  if parent_session_id is not null then
    select s.depth + 1 into v_depth from agentpg.sessions s where s.id = create_session.parent_session_id;
    if not found then
      perform agentpg._refuse('AP002', format('no session has id %s', parent_session_id), 'the parent session must exist',
        jsonb_build_object('session_id', parent_session_id));
    end if;
  end if;
  insert into agentpg.sessions as s (parent_session_id, depth, metadata)
  values (create_session.parent_session_id, v_depth, agentpg._check_metadata(create_session.metadata))
  returning s.id into v_id;
  return v_id;
end
$$;
comment on function agentpg.create_session(uuid, jsonb) is
  'Creates a conversation, in the caller''s transaction. metadata.tenant_id, a string, names its tenant. Errors: AP002 (parent), AP104, AP105.';

commit;
