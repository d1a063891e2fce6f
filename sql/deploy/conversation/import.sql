-- Deploy agentpg:conversation/import to pg
-- requires: conversation/import_session
begin;

create function agentpg._check_ids_are_free(document jsonb)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id text;
begin
  select s.session ->> 'id' into v_id
  from jsonb_array_elements(document -> 'sessions') as s(session)
  where exists (select from agentpg.sessions o where o.id = (s.session ->> 'id')::uuid)
  limit 1;
  if found then
    perform agentpg._refuse('AP263', format('session %s is here already', v_id), 'import it under new ids: keep_ids => false',
      jsonb_build_object('session_id', v_id));
  end if;
  select r.run ->> 'id' into v_id
  from jsonb_array_elements(document -> 'sessions') as s(session)
  cross join lateral jsonb_array_elements(s.session -> 'runs') as r(run)
  where exists (select from agentpg.run_inputs o where o.run_id = (r.run ->> 'id')::uuid)
  limit 1;
  if found then
    perform agentpg._refuse('AP263', format('run %s is here already', v_id), 'import it under new ids: keep_ids => false',
      jsonb_build_object('run_id', v_id));
  end if;
end
$$;
comment on function agentpg._check_ids_are_free(jsonb) is 'AP263 when a session or run of the document is here.';

create function agentpg.import_session(document jsonb, keep_ids boolean default false, metadata jsonb default null)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_context agentpg.import_context;
  v_first_id uuid;
  v_session jsonb;
  v_metadata jsonb;
begin
  perform agentpg._check_document(document);
  v_metadata := coalesce(nullif(import_session.metadata, 'null'), document #> '{sessions,0,metadata}');
  perform agentpg._check_metadata(v_metadata);
  if coalesce(keep_ids, false) then
    perform agentpg._check_ids_are_free(document);
  else
    v_context.salt := gen_random_uuid();
  end if;
  v_context.tenant_id := v_metadata ->> 'tenant_id';
  begin
    v_context.agents := agentpg._import_agents(document -> 'agents');
    v_context.prefixes := agentpg._import_prefixes(document -> 'prefixes', v_context.agents, v_context.tenant_id);
    v_context.tops := agentpg._run_tops(document -> 'sessions');
    for v_session in select s.session from jsonb_array_elements(document -> 'sessions') with ordinality as s(session, place) order by s.place loop
      v_context.session_id := agentpg._imported_id(v_context.salt, v_session ->> 'id');
      perform agentpg._import_one(v_context, v_session, case when v_first_id is null then v_metadata
        else (v_session -> 'metadata') - 'tenant_id' || jsonb_strip_nulls(jsonb_build_object('tenant_id', v_context.tenant_id)) end);
      v_first_id := coalesce(v_first_id, v_context.session_id);
    end loop;
  exception
    when unique_violation then
      perform agentpg._refuse('AP263', format('the document has an id twice, or one that is here already: %s', sqlerrm),
        'import it under new ids: keep_ids => false');
    when data_exception or integrity_constraint_violation then
      perform agentpg._refuse_document(coalesce('session ' || (v_session ->> 'id'), 'agents and prefixes'), format('cannot be stored: %s', sqlerrm));
  end;
  return v_first_id;
end
$$;
comment on function agentpg.import_session(jsonb, boolean, jsonb) is
  'Makes a session of a document of export_session or export_run, from here or elsewhere, with all that is in it, and returns its id; all or nothing. It gets new ids, so that the same document may be imported twice; with keep_ids its own, refused when they are taken. metadata replaces that of the session, and with it the tenant. Agents are those here of the same name and metadata, else made. Runs that had not ended are cancelled, and their open tool calls answered with an error. Errors: AP104, AP105, AP263, AP264, and those of create_agent.';

commit;
