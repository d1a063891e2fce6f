-- Deploy agentpg:registry/update_agent to pg
-- requires: registry/check_agent
begin;

create function agentpg.update_agent(agent_id uuid, changes jsonb)
returns agentpg.agents
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_known constant text[] := array[
    'name', 'description', 'model', 'system_prompt', 'max_tokens', 'temperature', 'top_k', 'top_p',
    'tools', 'agent_ids', 'metadata', 'config'
  ];
  v_unknown text;
  v_row agentpg.agents;
begin
  if changes is null or jsonb_typeof(changes) <> 'object' then
    perform agentpg._refuse('AP100', 'changes must be a JSON object of agent fields');
  end if;
  v_unknown := agentpg._unknown_keys(changes, v_known);
  if v_unknown is not null then
    perform agentpg._refuse('AP100', format('an agent has no field %s that could change', v_unknown),
      agentpg._name_hint(v_unknown, v_known, 'fields'));
  end if;

  -- Tools before agents, here and in register_tools.
  perform from agentpg.tools t
  where t.name in (select unnest(a.tools) from agentpg.agents a where a.id = update_agent.agent_id)
    or case when jsonb_typeof(changes -> 'tools') = 'array' then changes -> 'tools' ? t.name else false end
  order by t.name
  for share of t;
  perform agentpg._lock_agent(agent_id, changes -> 'agent_ids');
  select a.* into v_row from agentpg.agents a where a.id = update_agent.agent_id;
  if not found then
    perform agentpg._refuse('AP001', format('no agent has id %s', coalesce(agent_id::text, 'null')), null,
      jsonb_build_object('agent_id', agent_id));
  end if;
  if v_row.deleted_at is not null then
    perform agentpg._refuse('AP008', format('agent %s was deleted', agent_id), 'create a new one',
      jsonb_build_object('agent_id', agent_id));
  end if;

  begin
    v_row := jsonb_populate_record(v_row, changes);
  exception
    when data_exception then
      perform agentpg._refuse('AP100', format('a field has a value of the wrong kind: %s', sqlerrm), null,
        jsonb_build_object('agent_id', agent_id));
  end;
  v_row := agentpg._check_agent(v_row);
  perform from agentpg.tools t where t.name = any (v_row.tools) order by t.name for share;
  v_row.prefix_id := agentpg._freeze_prefix(v_row);
  perform agentpg._queue_id(m.mode, v_row.model) from unnest(enum_range(null::agentpg.run_mode)) as m(mode);

  update agentpg.agents a
  set name = v_row.name, description = v_row.description, model = v_row.model, system_prompt = v_row.system_prompt,
    max_tokens = v_row.max_tokens, temperature = v_row.temperature, top_k = v_row.top_k, top_p = v_row.top_p,
    tools = v_row.tools, agent_ids = v_row.agent_ids, metadata = v_row.metadata, config = v_row.config,
    prefix_id = v_row.prefix_id, version = a.version + 1, updated_at = agentpg.now()
  where a.id = update_agent.agent_id
  returning a.* into v_row;
  if changes ?| array['name', 'description', 'metadata'] then
    perform agentpg._refreeze_callers(v_row.id);
  end if;
  return v_row;
exception
  when unique_violation then
    perform agentpg._refuse('AP010', format('another agent is named %L with this metadata', v_row.name), null,
      jsonb_build_object('agent_id', agent_id, 'name', v_row.name));
    return null;
end
$$;
comment on function agentpg.update_agent(uuid, jsonb) is
  'Changes the given fields and no others; runs that exist keep the definition they were created with. Errors: AP001, AP008, AP010, AP100 and those of create_agent.';

create function agentpg.delete_agent(agent_id uuid)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._lock_agent(agent_id);
  update agentpg.agents a
  set deleted_at = agentpg.now(), updated_at = agentpg.now()
  where a.id = delete_agent.agent_id and a.deleted_at is null;
  if found then
    perform agentpg._refreeze_callers(delete_agent.agent_id);
    update agentpg.agents a
    set agent_ids = array_remove(a.agent_ids, delete_agent.agent_id), version = a.version + 1, updated_at = agentpg.now()
    where a.agent_ids @> array[delete_agent.agent_id] and a.agent_ids <> '{}' and a.deleted_at is null;
    return true;
  end if;
  perform agentpg.get_agent(agent_id);
  return false;
end
$$;
comment on function agentpg.delete_agent(uuid) is
  'Deletes an agent: existing runs go on, new ones are refused, the name is free again, and those that delegate to it do so no longer. False when it was deleted before. Errors: AP001.';

commit;
