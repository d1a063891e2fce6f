-- Deploy agentpg:registry/check_agent to pg
-- requires: registry/freeze_prefix
-- requires: registry/approval_rules
-- requires: core/validation
-- requires: runs/queue_id
begin;

create function agentpg._check_config(config jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_known constant text[] := array[
    'request', 'prompt_caching', 'max_iterations', 'max_continuations', 'approval',
    'auto_compaction', 'compaction', 'compaction_trigger', 'extended_context', 'allow_recursion', 'events'
  ] || agentpg._feature_names();
  v_unknown text;
  v_key text;
begin
  if config is null then
    return '{}'::jsonb;
  end if;
  if jsonb_typeof(config) <> 'object' then
    perform agentpg._refuse('AP113', format('config must be a JSON object, not %s', jsonb_typeof(config)));
  end if;
  v_unknown := agentpg._unknown_keys(config, v_known);
  if v_unknown is not null then
    perform agentpg._refuse('AP113', format('config has unknown keys: %s', v_unknown),
      agentpg._name_hint(v_unknown, v_known, 'keys') || '; parameters of the Messages API go into "request"');
  end if;
  -- As among the options of a run: a feature with null is one left out.
  select coalesce(jsonb_object_agg(c.key, c.value), '{}') into config
  from jsonb_each(config) c
  where c.value <> 'null' or c.key <> all (agentpg._feature_names());
  perform agentpg._check_request(config -> 'request', 'AP113', 'config.request');
  perform agentpg._check_features(config, 'config.', 'AP113');
  perform agentpg._check_compaction(config -> 'compaction', 'config.compaction', 'AP113');
  if config ? 'compaction_trigger' then
    perform agentpg._check_compaction(jsonb_build_object('trigger', config -> 'compaction_trigger'), 'config.compaction_trigger', 'AP113');
  end if;
  foreach v_key in array array['auto_compaction', 'extended_context', 'allow_recursion', 'events'] loop
    if config ? v_key and jsonb_typeof(config -> v_key) <> 'boolean' then
      perform agentpg._refuse('AP113', format('config.%s must be true or false', v_key));
    end if;
  end loop;
  if config ? 'prompt_caching' and config -> 'prompt_caching' not in ('true', 'false', '"5m"', '"1h"') then
    perform agentpg._refuse('AP113', 'config.prompt_caching must be true, false, "5m" or "1h"');
  end if;
  foreach v_key in array array['max_iterations', 'max_continuations'] loop
    if config ? v_key then
      perform agentpg._check_count(
        config -> v_key, 'config.' || v_key,
        case when v_key = 'max_iterations' then 1 else 0 end, case when v_key = 'max_iterations' then 65535 else 30000 end
      );
    end if;
  end loop;
  return config;
end
$$;
comment on function agentpg._check_config(jsonb) is 'An agent''s config as stored, or AP113 (AP108 for a limit).';

create function agentpg._check_count(value jsonb, place text, least_value integer, most integer default null)
returns integer
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if jsonb_typeof(value) <> 'number' or value::text !~ '^-?[0-9]{1,9}$' or value::text::integer < least_value then
    perform agentpg._refuse('AP108', format('%s is %s; it must be a whole number of at least %s', place, value, least_value));
  elsif value::text::integer > most then
    perform agentpg._refuse('AP108', format('%s is %s; it must be at most %s', place, value, most));
  end if;
  return value::text::integer;
end
$$;
comment on function agentpg._check_count(jsonb, text, integer, integer) is 'The value as an integer, or AP108.';

create function agentpg._check_delegates(agent agentpg.agents)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_bad text;
begin
  if cardinality(agent.agent_ids) = 0 then
    return;
  end if;
  select string_agg(coalesce(d.id::text, 'null'), ', ') into v_bad
  from (select n.id from unnest(agent.agent_ids) as n(id) group by n.id having count(*) > 1) d;
  if v_bad is not null then
    perform agentpg._refuse('AP100', format('delegates listed twice: %s', v_bad));
  end if;
  select string_agg(coalesce(n.id::text, 'null'), ', ' order by n.place) into v_bad
  from unnest(agent.agent_ids) with ordinality as n(id, place)
  left join agentpg.agents a on a.id = n.id and a.deleted_at is null
    and (a.tenant_id is null or a.tenant_id = agent.tenant_id)
  where a.id is null;
  if v_bad is not null then
    perform agentpg._refuse('AP012', format('no such agents to delegate to: %s', v_bad),
      'a delegate exists, is not deleted, and has the tenant of the agent or none', jsonb_build_object('agent_ids', to_jsonb(agent.agent_ids)));
  end if;
  if not coalesce((agent.config ->> 'allow_recursion')::boolean, false) and exists (
    with recursive below as (
      select n.id from unnest(agent.agent_ids) as n(id)
      union
      select n.id from below b join agentpg.agents a on a.id = b.id cross join lateral unnest(a.agent_ids) as n(id)
    )
    select from below b where b.id = agent.id
  ) then
    perform agentpg._refuse('AP013', format('agent %s would delegate to itself', agent.id),
      'leave the delegate out that leads back here; or set config.allow_recursion, and max_depth bounds it', jsonb_build_object('agent_id', agent.id));
  end if;
end
$$;
comment on function agentpg._check_delegates(agentpg.agents) is
  'AP012 unless the delegates exist for the tenant, AP013 when they lead back to the agent.';

create function agentpg._check_agent(agent agentpg.agents)
returns agentpg.agents
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_bad text;
begin
  if agent.name is null or btrim(agent.name) = '' or length(agent.name) > 255 then
    perform agentpg._refuse('AP112', 'an agent needs a name of 1 to 255 characters');
  end if;
  if agent.model is null or btrim(agent.model) = '' then
    perform agentpg._refuse('AP112', 'an agent needs a model', 'table agentpg.models lists known models; others are allowed');
  end if;
  if agent.max_tokens <= 0 then
    perform agentpg._refuse('AP108', format('max_tokens is %s; it must be positive', agent.max_tokens));
  end if;
  if agent.temperature not between 0 and 1 or agent.top_p <= 0 or agent.top_p > 1 or agent.top_k <= 0 then
    perform agentpg._refuse('AP108', 'temperature is 0 to 1, top_p above 0 to 1, top_k positive');
  end if;
  agent.tools := coalesce(agent.tools, '{}');
  agent.agent_ids := coalesce(agent.agent_ids, '{}');
  select string_agg(coalesce(n.name, 'null'), ', ') into v_bad
  from unnest(agent.tools) as n(name)
  where n.name is null or n.name !~ '^[a-zA-Z0-9_-]{1,64}$';
  if v_bad is not null then
    perform agentpg._refuse('AP107', format('not a tool name: %s', v_bad), 'letters, digits, _ and -, at most 64 characters');
  end if;
  select string_agg(d.name, ', ') into v_bad
  from (select n.name from unnest(agent.tools) as n(name) group by n.name having count(*) > 1) d;
  if v_bad is not null then
    perform agentpg._refuse('AP107', format('tools listed twice: %s', v_bad));
  end if;
  agent.metadata := agentpg._check_metadata(agent.metadata);
  agent.config := agentpg._check_config(agent.config);
  agent.tenant_id := agent.metadata ->> 'tenant_id';
  perform agentpg._check_delegates(agent);
  perform agentpg._check_approval(agent.config -> 'approval', agent, 'config.approval', 'AP113');
  perform agentpg._check_abilities(agent.model, jsonb_strip_nulls(jsonb_build_object(
    'temperature', agent.temperature, 'top_p', agent.top_p, 'top_k', agent.top_k, 'max_tokens', agent.max_tokens
  )) || agentpg._request_of(agent.config, null));
  perform agentpg._check_tool_names(
    agentpg._server_tools_of(agent.config, null, '{}'), agent.tools || array(select d.name from agentpg._delegate_tools(agent) d)
  );
  return agent;
end
$$;
comment on function agentpg._check_agent(agentpg.agents) is
  'The agent as it would be stored, or the refusal that names what is wrong with it.';

create function agentpg._store_agent(agent agentpg.agents)
returns agentpg.agents
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_row agentpg.agents;
begin
  -- A definition that changes right now must find this agent, or be found by it.
  perform from agentpg.tools t where t.name = any (agent.tools) order by t.name for share;
  perform from agentpg.agents d where d.id = any (agent.agent_ids) order by d.id for share;
  agent.prefix_id := agentpg._freeze_prefix(agent);
  -- Made here, so that no run in a long transaction is the first of its queue and holds up the next ones.
  perform agentpg._queue_id(m.mode, agent.model) from unnest(enum_range(null::agentpg.run_mode)) as m(mode);
  insert into agentpg.agents as a (
    id, name, description, model, system_prompt, max_tokens, temperature, top_k, top_p,
    tools, agent_ids, metadata, config, prefix_id
  )
  values (
    agentpg._uuid_v7(), agent.name, agent.description, agent.model, agent.system_prompt, agent.max_tokens,
    agent.temperature, agent.top_k, agent.top_p, agent.tools, agent.agent_ids, agent.metadata, agent.config, agent.prefix_id
  )
  on conflict do nothing
  returning a.* into v_row;
  return v_row;
end
$$;
comment on function agentpg._store_agent(agentpg.agents) is 'Inserts a checked agent; null when its name and metadata are taken.';

create function agentpg._agent_from(
  name text, model text, system_prompt text, tools text[], agent_ids uuid[], description text, max_tokens integer,
  temperature numeric, top_k integer, top_p numeric, metadata jsonb, config jsonb
)
returns agentpg.agents
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_agent agentpg.agents;
begin
  v_agent.name := name;
  v_agent.model := model;
  v_agent.system_prompt := system_prompt;
  v_agent.tools := tools;
  v_agent.agent_ids := agent_ids;
  v_agent.description := description;
  v_agent.max_tokens := max_tokens;
  v_agent.temperature := temperature;
  v_agent.top_k := top_k;
  v_agent.top_p := top_p;
  v_agent.metadata := metadata;
  v_agent.config := config;
  return agentpg._check_agent(v_agent);
end
$$;
comment on function agentpg._agent_from(text, text, text, text[], uuid[], text, integer, numeric, integer, numeric, jsonb, jsonb) is
  'The arguments of create_agent as a checked row.';

commit;
