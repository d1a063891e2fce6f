-- Deploy agentpg:registry/request_parameters to pg
-- requires: registry/models
-- requires: core/errors
begin;

create function agentpg._check_betas(betas jsonb, place text, code text)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- They become a header, in which a comma parts them.
  if jsonb_typeof(betas) <> 'array' or exists (
    select from jsonb_array_elements(betas) as b(name)
    where jsonb_typeof(b.name) <> 'string' or b.name #>> '{}' !~ '^[!-+.-~-]+$'
  ) then
    perform agentpg._refuse(code, format('%s must be an array of the names of beta features', place), 'for example ["context-management-2025-06-27"]');
  end if;
end
$$;
comment on function agentpg._check_betas(jsonb, text, text) is 'The given code unless these are names that fit into the header anthropic-beta.';

create function agentpg._check_mcp_servers(mcp_servers jsonb, place text, code text)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_bad text;
begin
  select format('%s[%s]', place, s.index - 1) into v_bad
  from jsonb_array_elements(case jsonb_typeof(mcp_servers) when 'array' then mcp_servers else '[null]' end) with ordinality as s(server, index)
  where coalesce(jsonb_typeof(s.server -> 'name'), 'none') <> 'string'
  order by s.index limit 1;
  if v_bad is not null then
    perform agentpg._refuse(code, format('%s is not an MCP server: it needs a type, a url and a name', v_bad),
      'for example [{"type": "url", "url": "https://mcp.example.com", "name": "tickets", "authorization_token": {"$secret": "tickets"}}]');
  end if;
  select string_agg(d.name, ', ' order by d.name) into v_bad
  from (select s.server ->> 'name' as name from jsonb_array_elements(mcp_servers) as s(server) group by 1 having count(*) > 1) d;
  if v_bad is not null then
    perform agentpg._refuse(code, format('%s names servers twice: %s', place, v_bad), 'toolsets find a server by its name');
  end if;
  select format('%s[%s].authorization_token', place, s.index - 1) into v_bad
  from jsonb_array_elements(mcp_servers) with ordinality as s(server, index)
  where coalesce(s.server -> 'authorization_token', 'null') <> 'null'
    and coalesce(jsonb_typeof(s.server #> '{authorization_token,$secret}'), 'none') <> 'string'
  order by s.index limit 1;
  if v_bad is not null then
    perform agentpg._refuse('AP255', format('%s would be stored in plain sight', v_bad),
      'name a secret of the executors instead: {"$secret": "tickets"}, and start them with secrets={"tickets": ...}',
      jsonb_build_object('place', v_bad));
  end if;
end
$$;
comment on function agentpg._check_mcp_servers(jsonb, text, text) is
  'The given code unless these are MCP servers; AP255 for a token that does not name a secret of the executors.';

create function agentpg._check_request(request jsonb, code text, place text)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_denied text;
begin
  if request is null or request = 'null' then
    return '{}'::jsonb;
  end if;
  if jsonb_typeof(request) <> 'object' then
    perform agentpg._refuse(code, format('%s must be an object of Messages API parameters', place));
  end if;
  select string_agg(k.key, ', ' order by k.key) into v_denied
  from jsonb_object_keys(request) as k(key)
  where k.key in ('model', 'messages', 'system', 'tools', 'stream', 'compaction');
  if v_denied is not null then
    perform agentpg._refuse(code, format('%s may not contain %s', place, v_denied),
      'model, system prompt and tools have fields of their own; messages and stream belong to the engine; with compaction no call would answer');
  end if;
  if request ? 'max_tokens' and (jsonb_typeof(request -> 'max_tokens') <> 'number' or (request ->> 'max_tokens')::numeric < 1) then
    perform agentpg._refuse('AP108', format('max_tokens in %s is %s; it must be a positive number', place, request -> 'max_tokens'));
  end if;
  if jsonb_typeof(request #> '{thinking,budget_tokens}') = 'number' and (request #>> '{thinking,budget_tokens}')::numeric < 1 then
    perform agentpg._refuse('AP108', format('thinking.budget_tokens in %s is %s; it must be positive', place, request #> '{thinking,budget_tokens}'));
  end if;
  if coalesce(request -> 'betas', 'null') <> 'null' then
    perform agentpg._check_betas(request -> 'betas', place || '.betas', code);
  end if;
  if jsonb_typeof(request -> 'mcp_servers') = 'array' then
    perform agentpg._check_mcp_servers(request -> 'mcp_servers', place || '.mcp_servers', code);
  end if;
  return request;
end
$$;
comment on function agentpg._check_request(jsonb, text, text) is
  'Parameters that go to the API as they are: everything is allowed but what the engine itself writes.';

create function agentpg._check_abilities(model text, body jsonb)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_model agentpg.models;
begin
  select m.* into v_model from agentpg.models m where m.id = _check_abilities.model;
  if not found then
    return;
  end if;
  if not v_model.accepts_sampling and body ?| array['temperature', 'top_p', 'top_k'] then
    perform agentpg._refuse('AP110', format('model %s takes no temperature, top_p or top_k', model),
      'leave them out; table agentpg.models says which models still take them', jsonb_build_object('model', model));
  end if;
  if not v_model.accepts_forced_tool_choice and body #>> '{tool_choice,type}' in ('any', 'tool') then
    perform agentpg._refuse('AP111', format('model %s takes no tool_choice of type %s', model, body #>> '{tool_choice,type}'),
      'use {"type": "auto"} or {"type": "none"}', jsonb_build_object('model', model));
  end if;
  if body #>> '{thinking,type}' = any (v_model.refuses_thinking) then
    perform agentpg._refuse('AP111', format('model %s takes no thinking of type %s', model, body #>> '{thinking,type}'),
      case when 'enabled' = any (v_model.refuses_thinking) then 'use {"type": "adaptive"}, or leave it out' else 'use {"type": "enabled", "budget_tokens": ...}' end
        || '; table agentpg.models says what each is known not to take', jsonb_build_object('model', model));
  end if;
  if jsonb_typeof(body -> 'max_tokens') = 'number' and (body ->> 'max_tokens')::numeric > v_model.max_output_tokens
    -- Batches alone take it, and the API knows how much more it is.
    and not coalesce(body -> 'betas' ? 'output-300k-2026-03-24', false)
  then
    perform agentpg._refuse('AP108', format('max_tokens %s is above the %s that model %s can write', body ->> 'max_tokens', v_model.max_output_tokens, model),
      null, jsonb_build_object('model', model));
  end if;
end
$$;
comment on function agentpg._check_abilities(text, jsonb) is
  'Refuses what the model is known not to take (AP108, AP110, AP111). Unknown models pass.';

commit;
