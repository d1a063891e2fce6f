-- Deploy agentpg:conversation/create_session to pg
-- requires: conversation/sessions
-- requires: core/validation
begin;

create function agentpg._check_on_busy(on_busy text, code text)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if coalesce(on_busy, '') not in ('enqueue', 'reject', 'interrupt') then
    perform agentpg._refuse(code, format('on_busy is %s', coalesce(quote_literal(on_busy), 'null')),
      agentpg._name_hint(on_busy, array['enqueue', 'reject', 'interrupt'], 'policies'));
  end if;
  return on_busy;
end
$$;
comment on function agentpg._check_on_busy(text, text) is 'A policy for runs that find their session busy, or the refusal with this code.';

create function agentpg.create_session(
  parent_session_id uuid default null,
  metadata jsonb default '{}',
  on_busy text default 'enqueue',
  compaction jsonb default null
)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
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
  insert into agentpg.sessions as s (parent_session_id, depth, metadata, on_busy, compaction)
  values (
    create_session.parent_session_id, v_depth, agentpg._check_metadata(create_session.metadata),
    agentpg._check_on_busy(create_session.on_busy, 'AP100'),
    agentpg._check_compaction(create_session.compaction, 'compaction', 'AP240')
  )
  returning s.id into v_id;
  return v_id;
end
$$;
comment on function agentpg.create_session(uuid, jsonb, text, jsonb) is
  'Creates a conversation, in the caller''s transaction. metadata.tenant_id, a string, names its tenant. on_busy says what a new run does while another one is active: enqueue waits behind it, reject is refused, interrupt cancels it and those that wait. compaction: what differs from compaction_defaults() here. Errors: AP002 (parent), AP100, AP104, AP105, AP240.';

commit;
