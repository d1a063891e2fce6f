-- Deploy agentpg:registry/find_agent to pg
-- requires: registry/agents
-- requires: core/validation
begin;

create function agentpg._find_agent(name text, metadata jsonb)
returns agentpg.agents
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select a.*
  from agentpg.agents a
  where a.name = _find_agent.name
    and jsonb_hash_extended(a.metadata, 0) = jsonb_hash_extended(_find_agent.metadata, 0)
    and jsonb_hash_extended(a.metadata, 1) = jsonb_hash_extended(_find_agent.metadata, 1)
    and a.metadata = _find_agent.metadata
    and a.deleted_at is null
$$;
comment on function agentpg._find_agent(text, jsonb) is 'The living agent of this name and exactly this metadata, or null.';

create function agentpg.find_agent(name text, metadata jsonb default '{}')
returns agentpg.agents
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_row agentpg.agents;
begin
  v_row := agentpg._find_agent(name, agentpg._check_metadata(metadata));
  if v_row.id is null then
    perform agentpg._refuse('AP001', format('no agent is named %L with this metadata', name),
      'agentpg.list_agents() shows what there is; metadata is compared whole', jsonb_build_object('name', name));
  end if;
  return v_row;
end
$$;
comment on function agentpg.find_agent(text, jsonb) is
  'The agent of this name and exactly this metadata. Errors: AP001.';

create function agentpg.get_agent(agent_id uuid)
returns agentpg.agents
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_row agentpg.agents;
begin
  select a.* into v_row from agentpg.agents a where a.id = get_agent.agent_id;
  if not found then
    perform agentpg._refuse('AP001', format('no agent has id %s', coalesce(agent_id::text, 'null')),
      'agentpg.list_agents() shows what there is', jsonb_build_object('agent_id', agent_id));
  end if;
  return v_row;
end
$$;
comment on function agentpg.get_agent(uuid) is 'An agent by id, deleted ones included (deleted_at says so). Errors: AP001.';

create function agentpg.list_agents(metadata jsonb default null, max_count integer default 100, skip integer default 0)
returns table (agent agentpg.agents, total bigint)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._check_page(max_count, skip);
  if metadata is not null then
    perform agentpg._check_metadata(metadata);
  end if;
  -- The total stands also beside a page past the end: one row without an agent.
  return query
  select page.agent, t.total
  from (
    select count(*) as total from agentpg.agents a
    where a.deleted_at is null and (list_agents.metadata is null or a.metadata @> list_agents.metadata)
  ) t
  left join lateral (
    select a as agent, a.name, a.id from agentpg.agents a
    where a.deleted_at is null and (list_agents.metadata is null or a.metadata @> list_agents.metadata)
    order by a.name, a.id
    limit list_agents.max_count
    offset list_agents.skip
  ) page on true
  order by page.name, page.id;
end
$$;
comment on function agentpg.list_agents(jsonb, integer, integer) is
  'Living agents by name, those whose metadata contains the given object; total counts all of them, and stands in one row without an agent when the page is empty. Errors: AP104, AP108.';

commit;
