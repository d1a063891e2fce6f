-- Deploy agentpg:conversation/export to pg
-- requires: conversation/export_session
-- requires: maintenance/apply_retention
begin;

create function agentpg._exported_agents(sessions jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce((
    with recursive wanted as (
      select (r.run ->> 'agent_id')::uuid as id from jsonb_array_elements(sessions) s(session), jsonb_array_elements(s.session -> 'runs') r(run)
      union
      select d.id
      from wanted w
      join agentpg.agents a on a.id = w.id
      cross join lateral unnest(a.agent_ids) as d(id)
    )
    select jsonb_agg(jsonb_build_object(
      'id', a.id, 'name', a.name, 'description', a.description, 'model', a.model, 'system_prompt', a.system_prompt,
      'max_tokens', a.max_tokens, 'temperature', a.temperature, 'top_k', a.top_k, 'top_p', a.top_p, 'tools', a.tools,
      'agent_ids', a.agent_ids, 'metadata', a.metadata, 'config', agentpg._without_secrets(a.config), 'deleted', a.deleted_at is not null
    ) order by a.id)
    from wanted w
    join agentpg.agents a on a.id = w.id
  ), '[]');
end
$$;
comment on function agentpg._exported_agents(jsonb) is 'The definitions of the agents of these runs, and of those that they may delegate to.';

create function agentpg._exported_prefixes(sessions jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce((
    select jsonb_agg(to_jsonb(p) - 'tenant_id' || jsonb_build_object('body', agentpg._without_secrets(p.body)) order by p.id)
    from agentpg.prompt_prefixes p
    where p.id in (
      select (r.run ->> 'prefix_id')::uuid from jsonb_array_elements(sessions) s(session), jsonb_array_elements(s.session -> 'runs') r(run)
      union
      select (t.iteration ->> 'prefix_id')::uuid
      from jsonb_array_elements(sessions) s(session), jsonb_array_elements(s.session -> 'runs') r(run), jsonb_array_elements(r.run -> 'iterations') t(iteration)
      union
      select (c.compaction ->> 'prefix_id')::uuid from jsonb_array_elements(sessions) s(session), jsonb_array_elements(s.session -> 'compactions') c(compaction)
    )
  ), '[]');
end
$$;
comment on function agentpg._exported_prefixes(jsonb) is 'All but the messages of the requests that these sessions made.';

create function agentpg._export(session agentpg.sessions, last_seq bigint, run_ids uuid[], below uuid[])
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_sessions jsonb;
begin
  select jsonb_build_array(agentpg._exported_session(session, last_seq, run_ids))
    || coalesce(jsonb_agg(agentpg._exported_session(s, 9223372036854775807, null) order by s.depth, s.id), '[]')
  into v_sessions
  from agentpg.sessions s
  where s.id = any (below);
  return jsonb_build_object(
    'format', 'agentpg.session', 'version', 1, 'exported_at', agentpg.now(), 'schema_version', agentpg.schema_version(),
    'agents', agentpg._exported_agents(v_sessions),
    'prefixes', agentpg._exported_prefixes(v_sessions),
    'sessions', v_sessions
  );
exception
  when program_limit_exceeded then
    perform agentpg._refuse('AP105', format('session %s is larger than one JSON value can be: %s', session.id, sqlerrm),
      'export a run of it, or an earlier fork; or copy the database', jsonb_build_object('session_id', session.id));
    return null;
end
$$;
comment on function agentpg._export(agentpg.sessions, bigint, uuid[], uuid[]) is
  'The document of a session up to a message, with these runs (null: all) and the sessions below it.';

create function agentpg.export_session(session_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_session agentpg.sessions := agentpg.get_session(session_id);
begin
  return agentpg._export(v_session, 9223372036854775807, null, array_remove(agentpg._tree_of(array[v_session.id]), v_session.id));
end
$$;
comment on function agentpg.export_session(uuid) is
  'A session as one JSON document for import_session: the sessions below it, messages (those inherited by a fork included, with images and documents in full), summaries, runs with model calls and tool calls, the definitions of their agents. Runs that have not ended are in it as they are. Not in it: variables and idempotency keys of runs, tokens and keys in requests, events, budgets, who did the work. Errors: AP002, AP105 (beyond 256 MB of messages).';

create function agentpg.export_run(run_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run agentpg.runs;
  v_session agentpg.sessions;
  v_turn record;
begin
  perform agentpg._check_run(run_id);
  select r.* into v_run from agentpg.runs r where r.id = export_run.run_id;
  v_session := agentpg.get_session(v_run.session_id);
  select t.* into v_turn from agentpg._turn_of(v_run) t;
  perform agentpg._check_not_archived(v_session,
    case when v_turn.last_seq < v_turn.first_seq and v_turn.last_seq <= v_session.archived_seq then 0 else v_turn.last_seq end);
  if v_turn.last_seq >= v_turn.first_seq then
    -- If it was regenerated since, it is what is wanted all the same.
    v_session.superseded_seqs := nullif(v_session.superseded_seqs - int8multirange(int8range(v_turn.first_seq, v_turn.last_seq, '[]')), '{}');
  end if;
  return agentpg._export(v_session, v_turn.last_seq, array[v_run.id], agentpg._tree_of(array(
    select i.session_id from agentpg.run_inputs i where i.parent_run_id = v_run.id
  )));
end
$$;
comment on function agentpg.export_run(uuid) is
  'A run as a document of the same kind: its session up to the end of its turn, with this run and its delegates and no other. Errors: AP003, AP105, AP117 (its messages are deleted).';

commit;
