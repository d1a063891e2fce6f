-- Deploy agentpg:conversation/update_session to pg
-- requires: conversation/create_session
begin;

create function agentpg.update_session(session_id uuid, changes jsonb)
returns agentpg.sessions
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_known constant text[] := array['metadata', 'on_busy', 'compaction'];
  v_unknown text;
  v_row agentpg.sessions;
begin
  if changes is null or jsonb_typeof(changes) <> 'object' then
    perform agentpg._refuse('AP100', 'changes must be a JSON object of session fields', 'for example {"on_busy": "interrupt"}');
  end if;
  v_unknown := agentpg._unknown_keys(changes, v_known);
  if v_unknown is not null then
    perform agentpg._refuse('AP100', format('a session has no field %s that could change', v_unknown),
      agentpg._name_hint(v_unknown, v_known, 'fields'));
  end if;
  if changes ? 'on_busy' then
    perform agentpg._check_on_busy(changes ->> 'on_busy', 'AP100');
  end if;

  select s.* into v_row from agentpg.sessions s where s.id = update_session.session_id for no key update;
  if not found then
    perform agentpg._refuse('AP002', format('no session has id %s', coalesce(session_id::text, 'null')), null,
      jsonb_build_object('session_id', session_id));
  end if;
  if changes ? 'metadata' then
    v_row.metadata := agentpg._check_metadata(nullif(changes -> 'metadata', 'null'));
    if v_row.metadata ->> 'tenant_id' is distinct from v_row.tenant_id then
      perform agentpg._refuse('AP104', 'a session stays with its tenant',
        format('keep "tenant_id": %s in metadata, or create another session', coalesce(to_jsonb(v_row.tenant_id), 'null')),
        jsonb_build_object('session_id', session_id));
    end if;
  end if;
  if changes ? 'compaction' then
    v_row.compaction := agentpg._check_compaction(changes -> 'compaction', 'compaction', 'AP240');
  end if;
  update agentpg.sessions s
  set metadata = v_row.metadata, on_busy = coalesce(changes ->> 'on_busy', v_row.on_busy), compaction = v_row.compaction, updated_at = agentpg.now()
  where s.id = update_session.session_id
  returning s.* into v_row;
  return v_row;
end
$$;
comment on function agentpg.update_session(uuid, jsonb) is
  'Changes the given fields of a session and no others: metadata (as a whole, the tenant stays), on_busy and compaction (as a whole). Runs that exist are not touched. Errors: AP002, AP100, AP104, AP105, AP240.';

commit;
