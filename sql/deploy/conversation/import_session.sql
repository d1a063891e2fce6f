-- Deploy agentpg:conversation/import_session to pg
-- requires: conversation/import_runs
-- requires: registry/update_agent
-- requires: registry/create_agent
-- requires: registry/freeze_prefix
begin;

create function agentpg._import_agents(agents jsonb)
returns jsonb
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_new jsonb := '{}';
  v_known integer;
  v_agent jsonb;
  v_id uuid;
begin
  loop
    v_known := (select count(*) from jsonb_object_keys(v_new));
    -- Delegates before those that delegate to them.
    for v_agent in
      select a.agent from jsonb_array_elements(agents) as a(agent)
      where not v_new ? (a.agent ->> 'id')
        and not exists (select from jsonb_array_elements_text(a.agent -> 'agent_ids') d(id) where not v_new ? d.id)
      order by a.agent ->> 'id'
    loop
      select a.id into v_id
      from agentpg.agents a
      where a.name = v_agent ->> 'name' and a.metadata = v_agent -> 'metadata' and a.deleted_at is null
        and jsonb_hash_extended(a.metadata, 0) = jsonb_hash_extended(v_agent -> 'metadata', 0)
        and jsonb_hash_extended(a.metadata, 1) = jsonb_hash_extended(v_agent -> 'metadata', 1);
      if not found then
        v_id := (agentpg.create_agent(
          name => v_agent ->> 'name', model => v_agent ->> 'model', system_prompt => v_agent ->> 'system_prompt',
          tools => array(select t.name from jsonb_array_elements_text(v_agent -> 'tools') with ordinality t(name, place) order by t.place),
          agent_ids => array(
            select (v_new ->> d.id)::uuid from jsonb_array_elements_text(v_agent -> 'agent_ids') with ordinality d(id, place) order by d.place
          ),
          description => v_agent ->> 'description', max_tokens => (v_agent ->> 'max_tokens')::integer,
          temperature => (v_agent ->> 'temperature')::numeric, top_k => (v_agent ->> 'top_k')::integer, top_p => (v_agent ->> 'top_p')::numeric,
          metadata => v_agent -> 'metadata', config => v_agent -> 'config'
        )).id;
        if v_agent -> 'deleted' = 'true' then
          perform agentpg.delete_agent(v_id);
        end if;
      end if;
      v_new := v_new || jsonb_build_object(v_agent ->> 'id', v_id);
    end loop;
    exit when v_known = (select count(*) from jsonb_object_keys(v_new));
  end loop;
  if v_known < jsonb_array_length(agents) then
    perform agentpg._refuse_document('agents', 'has one that delegates to an agent that is not there, or to itself');
  end if;
  return v_new;
end
$$;
comment on function agentpg._import_agents(jsonb) is
  'New ids of agents by their old ones: those here of the same name and metadata, untouched, else new ones with these definitions.';

create function agentpg._import_prefixes(prefixes jsonb, agents jsonb, tenant_id text)
returns jsonb
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_new jsonb := '{}';
  v_given record;
  v_prefix agentpg.prompt_prefixes;
begin
  for v_given in
    select p.prefix ->> 'id' as id, (p.prefix ->> 'output_repairs')::smallint as output_repairs, p.prefix ->> 'model' as model, p.prefix -> 'body' as body,
      array(select n.name from jsonb_array_elements_text(p.prefix -> 'tool_names') with ordinality n(name, place) order by n.place) as tool_names,
      (select coalesce(jsonb_object_agg(d.key, coalesce(agents -> (d.value #>> '{}'), d.value)), '{}') from jsonb_each(p.prefix -> 'delegates') d) as delegates
    from jsonb_array_elements(prefixes) as p(prefix)
  loop
    v_prefix.model := v_given.model;
    v_prefix.body := v_given.body;
    v_prefix.tool_names := v_given.tool_names;
    v_prefix.delegates := v_given.delegates;
    v_prefix.tenant_id := _import_prefixes.tenant_id;
    v_prefix.output_repairs := case when v_given.body #>> '{output_config,format,type}' = 'json_schema' then coalesce(v_given.output_repairs, 1) end;
    v_new := v_new || jsonb_build_object(v_given.id, agentpg._store_prefix(v_prefix));
  end loop;
  return v_new;
end
$$;
comment on function agentpg._import_prefixes(jsonb, jsonb, text) is 'New ids of prefixes by their old ones; those that are here already are shared.';

create function agentpg._run_tops(sessions jsonb)
returns jsonb
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  with recursive run as materialized (
    select r.run ->> 'id' as id, r.run ->> 'parent_run_id' as parent
    from jsonb_array_elements(sessions) as s(session)
    cross join lateral jsonb_array_elements(s.session -> 'runs') as r(run)
  ), tree as (
    select r.id, r.id as top from run r where r.parent is null or not exists (select from run p where p.id = r.parent)
    union
    select r.id, t.top from tree t join run r on r.parent = t.id
  )
  select coalesce(jsonb_object_agg(t.id, t.top), '{}') from tree t
$$;
comment on function agentpg._run_tops(jsonb) is 'For each run of a document, the one at the top of its tree, as far as the document has it.';

create function agentpg._import_one(context agentpg.import_context, session jsonb, metadata jsonb)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_parent_id uuid := agentpg._imported_id(context.salt, session ->> 'parent_session_id');
  v_depth integer;
begin
  select s.depth + 1 into v_depth from agentpg.sessions s where s.id = v_parent_id;
  insert into agentpg.sessions (
    id, parent_session_id, depth, metadata, created_at, on_busy, superseded_seqs, compaction, compaction_count, thinking_from_seq, context_tokens,
    archived_seq
  )
  values (
    context.session_id, case when v_depth is not null then v_parent_id end, coalesce(v_depth, 0), agentpg._check_metadata(metadata),
    (session ->> 'created_at')::timestamptz, session ->> 'on_busy', nullif((session ->> 'superseded_seqs')::int8multirange, '{}'),
    nullif(session -> 'compaction', 'null'), coalesce((session ->> 'compaction_count')::integer, 0),
    (session ->> 'thinking_from_seq')::bigint, (session ->> 'context_tokens')::integer,
    nullif((session #>> '{messages,0,seq}')::bigint - 1, 0)
  );
  perform agentpg._import_messages(context, session);
  insert into agentpg.compactions
  select n.*
  from jsonb_array_elements(session -> 'compactions') as c(compaction)
  cross join lateral jsonb_populate_record(null::agentpg.compactions, c.compaction || jsonb_build_object(
    'id', agentpg._imported_id(context.salt, c.compaction ->> 'id'), 'base_id', agentpg._imported_id(context.salt, c.compaction ->> 'base_id'),
    'session_id', context.session_id, 'prefix_id', context.prefixes ->> (c.compaction ->> 'prefix_id'), 'run_id', null, 'tenant_id', context.tenant_id
  )) n;
  update agentpg.sessions s
  set compaction_id = agentpg._imported_id(context.salt, session ->> 'compaction_id')
  where s.id = context.session_id and session ->> 'compaction_id' is not null;
  perform agentpg._import_runs(context, session);
  perform agentpg._import_calls(context, session);
end
$$;
comment on function agentpg._import_one(agentpg.import_context, jsonb, jsonb) is 'One session of a document; the one above it comes before.';

commit;
