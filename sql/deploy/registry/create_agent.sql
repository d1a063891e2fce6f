-- Deploy agentpg:registry/create_agent to pg
-- requires: registry/check_agent
begin;

create function agentpg.create_agent(
  name text,
  model text,
  system_prompt text default null,
  tools text[] default '{}',
  agent_ids uuid[] default '{}',
  description text default null,
  max_tokens integer default null,
  temperature numeric default null,
  top_k integer default null,
  top_p numeric default null,
  metadata jsonb default '{}',
  config jsonb default '{}'
)
returns agentpg.agents
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_row agentpg.agents;
begin
  v_row := agentpg._store_agent(agentpg._agent_from(
    name, model, system_prompt, tools, agent_ids, description, max_tokens, temperature, top_k, top_p, metadata, config
  ));
  if v_row.id is null then
    perform agentpg._refuse('AP010', format('an agent named %L with this metadata exists', name),
      'use get_or_create_agent, or update_agent to change it', jsonb_build_object('name', name));
  end if;
  return v_row;
end
$$;
comment on function agentpg.create_agent(text, text, text, text[], uuid[], text, integer, numeric, integer, numeric, jsonb, jsonb) is
  'Creates an agent. Name and metadata together are unique. Tools may be registered later, but before the first run. max_tokens null means the default in settings. Errors: AP010 exists, AP104, AP105, AP107, AP108, AP110 (the model takes no sampling parameters), AP112, AP113.';

create function agentpg.get_or_create_agent(
  name text,
  model text,
  system_prompt text default null,
  tools text[] default '{}',
  agent_ids uuid[] default '{}',
  description text default null,
  max_tokens integer default null,
  temperature numeric default null,
  top_k integer default null,
  top_p numeric default null,
  metadata jsonb default '{}',
  config jsonb default '{}'
)
returns agentpg.agents
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_row agentpg.agents;
begin
  v_row := agentpg._find_agent(name, agentpg._check_metadata(metadata));
  if v_row.id is null then
    v_row := agentpg._store_agent(agentpg._agent_from(
      name, model, system_prompt, tools, agent_ids, description, max_tokens, temperature, top_k, top_p, metadata, config
    ));
  end if;
  if v_row.id is null then
    -- Somebody else was first and has committed meanwhile.
    v_row := agentpg._find_agent(name, agentpg._check_metadata(metadata));
  end if;
  return v_row;
end
$$;
comment on function agentpg.get_or_create_agent(text, text, text, text[], uuid[], text, integer, numeric, integer, numeric, jsonb, jsonb) is
  'The agent of this name and metadata, created if there is none. An existing one is returned untouched, whatever else is passed. Safe to call from many places at once.';

commit;
