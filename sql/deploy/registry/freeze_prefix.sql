-- Deploy agentpg:registry/freeze_prefix to pg
-- requires: registry/agents
-- requires: registry/tools
-- requires: registry/request_features
-- requires: registry/cache_marks
-- requires: core/settings
begin;

create function agentpg._system_text(agent agentpg.agents, options jsonb)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select nullif(
    case
      when nullif(options ->> 'override_instructions', '') is not null then options ->> 'override_instructions'
      else pg_catalog.concat_ws(E'\n\n', nullif(agent.system_prompt, ''), nullif(options ->> 'append_instructions', ''))
    end,
    ''
  )
$$;
comment on function agentpg._system_text(agentpg.agents, jsonb) is
  'The system prompt of a run: the override, or the agent''s with what is appended after a blank line.';

create function agentpg._delegate_tools(agent agentpg.agents)
returns table (name text, agent_id uuid, definition jsonb)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_agent agentpg.agents;
  v_taken text[] := agent.tools;
  v_slug text;
  v_number integer;
begin
  for v_agent in
    select a.* from unnest(agent.agent_ids) with ordinality as n(id, place)
    join agentpg.agents a on a.id = n.id and a.deleted_at is null and (a.tenant_id is null or a.tenant_id = agent.tenant_id)
    order by n.place
  loop
    v_slug := coalesce(nullif(left(btrim(regexp_replace(v_agent.name, '[^a-zA-Z0-9_-]+', '_', 'g'), '_'), 64), ''), 'agent');
    name := v_slug;
    v_number := 1;
    while name = any (v_taken) loop
      v_number := v_number + 1;
      name := left(v_slug, 63 - length(v_number::text)) || '_' || v_number;
    end loop;
    v_taken := v_taken || name;
    agent_id := v_agent.id;
    definition := jsonb_build_object(
      'name', name,
      'description', coalesce(nullif(v_agent.description, ''), format('Gives a task to the agent %s and returns its answer.', v_agent.name)),
      'input_schema', '{
        "type": "object",
        "properties": {"task": {"type": "string", "description": "The whole task: the agent sees nothing of this conversation."}},
        "required": ["task"],
        "additionalProperties": false
      }'::jsonb
    );
    return next;
  end loop;
end
$$;
comment on function agentpg._delegate_tools(agentpg.agents) is
  'The delegates of an agent as tools: a valid name made of the agent''s, told apart by a number where two are alike, and the id it stands for. Those deleted, or moved to another tenant, are left out.';

create function agentpg._store_prefix(prefix agentpg.prompt_prefixes)
returns uuid
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  prefix.id := encode(substring(sha256(convert_to(
    concat_ws(E'\n', coalesce(prefix.tenant_id, ''), prefix.body, nullif(prefix.delegates, '{}'), prefix.output_repairs), 'UTF8'
  )) for 16), 'hex')::uuid;
  if not exists (select from agentpg.prompt_prefixes p where p.id = prefix.id) then
    insert into agentpg.prompt_prefixes (id, model, body, tool_names, delegates, tenant_id, output_repairs)
    values (prefix.id, prefix.model, prefix.body, prefix.tool_names, prefix.delegates, prefix.tenant_id, prefix.output_repairs)
    on conflict do nothing;
  end if;
  return prefix.id;
end
$$;
comment on function agentpg._store_prefix(agentpg.prompt_prefixes) is 'The id of the prefix with this content, stored if it is new.';

create function agentpg._freeze_prefix(agent agentpg.agents, options jsonb default null)
returns uuid
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_model text := coalesce(options ->> 'model', agent.model);
  v_names text[] := agent.tools;
  v_delegates jsonb := '{}';
  v_tools jsonb;
  v_body jsonb;
  v_request jsonb := agentpg._request_of(agent.config, options);
  v_server_tools jsonb := agentpg._server_tools_of(agent.config, options, v_request);
  v_prefix agentpg.prompt_prefixes;
begin
  if options ? 'tools' then
    select coalesce(array_agg(n.name order by n.place), '{}') into v_names
    from unnest(agent.tools) with ordinality as n(name, place)
    where options -> 'tools' ? n.name;
  end if;

  select jsonb_agg(t.definition order by n.place) into v_tools
  from unnest(v_names) with ordinality as n(name, place)
  join agentpg.tools t on t.name = n.name;
  if coalesce(jsonb_array_length(v_tools), 0) <> cardinality(v_names) then
    return null;
  end if;
  if cardinality(agent.agent_ids) > 0 then
    select coalesce(v_tools, '[]') || coalesce(jsonb_agg(d.definition), '[]'), v_names || coalesce(array_agg(d.name), '{}'),
      coalesce(jsonb_object_agg(d.name, d.agent_id), '{}')
    into v_tools, v_names, v_delegates
    from agentpg._delegate_tools(agent) d
    where not coalesce(options ? 'tools', false) or options -> 'tools' ? d.name;
  end if;
  if v_server_tools <> '[]' then
    perform agentpg._check_tool_names(v_server_tools, v_names);
    v_tools := coalesce(v_tools, '[]') || v_server_tools;
  end if;

  v_body := jsonb_strip_nulls(jsonb_build_object(
      'model', v_model,
      'max_tokens', coalesce(agent.max_tokens, (select s.default_max_tokens from agentpg.settings s)),
      'system', agentpg._system_text(agent, options),
      'temperature', agent.temperature,
      'top_k', agent.top_k,
      'top_p', agent.top_p
    ))
    || case when v_tools is null or v_tools = '[]' then '{}' else jsonb_build_object('tools', v_tools) end
    || v_request;
  perform agentpg._check_abilities(v_model, v_body);
  v_body := agentpg._mark_prefix(v_body, agent.config -> 'prompt_caching');

  v_prefix.model := v_model;
  v_prefix.body := v_body;
  v_prefix.tool_names := v_names;
  v_prefix.delegates := v_delegates;
  v_prefix.tenant_id := agent.tenant_id;
  if v_body #>> '{output_config,format,type}' = 'json_schema' then
    v_prefix.output_repairs := coalesce((options ->> 'output_repairs')::smallint, (agent.config ->> 'output_repairs')::smallint, 1);
  end if;
  return agentpg._store_prefix(v_prefix);
end
$$;
comment on function agentpg._freeze_prefix(agentpg.agents, jsonb) is
  'The id of the frozen prefix for an agent under run options, made if new; null while a tool is unregistered.';

create function agentpg._refreeze(agent agentpg.agents)
returns uuid
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return agentpg._freeze_prefix(agent);
exception
  when sqlstate 'AP108' or sqlstate 'AP110' or sqlstate 'AP111' or sqlstate 'AP254' then
    return null;
end
$$;
comment on function agentpg._refreeze(agentpg.agents) is
  'The prefix of an agent after something it stands on has changed; null when its model no longer takes it: its next create_run says so, not whoever made the change.';

create function agentpg._lock_agent(agent_id uuid, delegates jsonb default null)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_uuid constant text := '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$';
  v_ids uuid[] := array[agent_id];
begin
  if jsonb_typeof(delegates) = 'array' then
    v_ids := v_ids || array(select d.id::uuid from jsonb_array_elements_text(delegates) as d(id) where d.id ~* v_uuid);
  end if;
  -- In the order of register_tools, or two that call each other could wait for one another.
  perform from agentpg.agents a
  where a.id = any (v_ids)
    or (a.agent_ids @> array[_lock_agent.agent_id] and a.agent_ids <> '{}' and a.deleted_at is null)
  order by a.id
  for no key update;
end
$$;
comment on function agentpg._lock_agent(uuid, jsonb) is
  'Locks an agent, its new delegates, which must not change meanwhile, and those that delegate to it, whose prefixes a change of it touches.';

create function agentpg._refreeze_callers(agent_id uuid)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update agentpg.agents a
  set prefix_id = agentpg._refreeze(a)
  where a.agent_ids @> array[_refreeze_callers.agent_id] and a.agent_ids <> '{}' and a.deleted_at is null;
end
$$;
comment on function agentpg._refreeze_callers(uuid) is
  'An agent changed: new runs of those that delegate to it see its new name and description. The caller holds _lock_agent.';

create function agentpg._refreeze_on_new_default()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform from agentpg.agents a where a.max_tokens is null and a.deleted_at is null order by a.id for no key update;
  update agentpg.agents a
  set prefix_id = agentpg._refreeze(a)
  where a.max_tokens is null and a.deleted_at is null;
  return null;
end
$$;
comment on function agentpg._refreeze_on_new_default() is
  'Trigger: agents that name no max_tokens follow the new default.';

create trigger settings_default_max_tokens
  after update on agentpg.settings
  for each row when (old.default_max_tokens is distinct from new.default_max_tokens)
  execute function agentpg._refreeze_on_new_default();
comment on trigger settings_default_max_tokens on agentpg.settings is 'Ready prefixes hold the default of the day they were made.';

create function agentpg._missing_tools(names text[])
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select pg_catalog.string_agg(n.name, ', ' order by n.place)
  from pg_catalog.unnest(names) with ordinality as n(name, place)
  where not exists (select from agentpg.tools t where t.name = n.name)
$$;
comment on function agentpg._missing_tools(text[]) is 'The names nobody has registered, as a list; null when there are none.';

commit;
