-- Deploy agentpg:runs/count_context to pg
-- requires: runs/compact
-- requires: runs/hand_out_run
begin;

create function agentpg.context_to_count(session_id uuid, out seq bigint, out compaction_id uuid, out request jsonb)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_session agentpg.sessions := agentpg.get_session(context_to_count.session_id);
  v_run agentpg.runs := agentpg._last_run(v_session);
  v_request jsonb;
begin
  if v_run.id is null then
    return;
  end if;
  -- In a new fork the run is one of its origin.
  v_run.session_id := v_session.id;
  v_run.compaction_id := null;
  v_request := agentpg._build_request(v_run);
  select coalesce(max(m.seq), v_session.forked_at_seq) into seq from agentpg.messages m where m.session_id = v_session.id;
  compaction_id := v_session.compaction_id;
  select jsonb_object_agg(k.key, k.value) into request
  from jsonb_each(v_request) as k
  -- What the endpoint takes; a limit of the answer is none of the prompt.
  where k.key in ('model', 'messages', 'system', 'tools', 'tool_choice', 'thinking', 'output_config', 'cache_control', 'speed');
  -- Nor does it take servers, and a toolset without its server is refused.
  if request -> 'tools' @> '[{"type": "mcp_toolset"}]' then
    request := jsonb_set(request, '{tools}', jsonb_path_query_array(request -> 'tools', '$[*] ? (!exists(@.type) || @.type != "mcp_toolset")'));
  end if;
  if request #>> '{messages,-1,role}' = 'assistant' then
    -- The API counts no request that ends with the assistant.
    request := jsonb_set(request, '{messages}', (request -> 'messages') || '[{"role": "user", "content": [{"type": "text", "text": "."}]}]');
  end if;
end
$$;
comment on function agentpg.context_to_count(uuid) is
  'The body for POST /v1/messages/count_tokens that has the API count the context of a session, as its last run would send it, with what record_context_count wants back; nulls while it has had no run. Errors: AP002.';

create function agentpg.record_context_count(session_id uuid, seq bigint, compaction_id uuid, tokens integer)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_session agentpg.sessions;
begin
  if tokens is null or tokens < 0 then
    perform agentpg._refuse('AP108', format('tokens is %s; it must not be negative', coalesce(tokens::text, 'null')));
  end if;
  select s.* into v_session from agentpg.sessions s where s.id = record_context_count.session_id for no key update;
  if not found then
    perform agentpg._refuse('AP002', format('no session has id %s', coalesce(session_id::text, 'null')), null,
      jsonb_build_object('session_id', session_id));
  end if;
  if v_session.compaction_id is distinct from record_context_count.compaction_id
    or agentpg._turn_is_active(v_session.id)
    or record_context_count.seq is distinct from coalesce(
      (select max(m.seq) from agentpg.messages m where m.session_id = v_session.id), v_session.forked_at_seq
    )
  then
    return false;
  end if;
  update agentpg.sessions s set context_tokens = record_context_count.tokens where s.id = v_session.id;
  update agentpg.runs r set context_tokens = record_context_count.tokens
  where r.session_id = v_session.id and r.finalized_at is null and r.state = 'awaiting_input';
  return true;
end
$$;
comment on function agentpg.record_context_count(uuid, bigint, uuid, integer) is
  'Takes the count that the API gave for context_to_count: from here on it is the size of the context. False, and nothing changes, when the session has moved since. Errors: AP002, AP108.';

commit;
