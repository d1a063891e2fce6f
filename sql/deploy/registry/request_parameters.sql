-- Deploy agentpg:registry/request_parameters to pg
-- requires: registry/models
-- requires: core/errors
begin;

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
  where k.key in ('model', 'messages', 'system', 'tools', 'stream');
  if v_denied is not null then
    perform agentpg._refuse(code, format('%s may not contain %s', place, v_denied),
      'model, system prompt and tools have fields of their own; messages and stream belong to the engine');
  end if;
  if request ? 'max_tokens' and (jsonb_typeof(request -> 'max_tokens') <> 'number' or (request ->> 'max_tokens')::numeric < 1) then
    perform agentpg._refuse('AP108', format('max_tokens in %s is %s; it must be a positive number', place, request -> 'max_tokens'));
  end if;
  if jsonb_typeof(request #> '{thinking,budget_tokens}') = 'number' and (request #>> '{thinking,budget_tokens}')::numeric < 1 then
    perform agentpg._refuse('AP108', format('thinking.budget_tokens in %s is %s; it must be positive', place, request #> '{thinking,budget_tokens}'));
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
  if jsonb_typeof(body -> 'max_tokens') = 'number' and (body ->> 'max_tokens')::numeric > v_model.max_output_tokens then
    perform agentpg._refuse('AP108', format('max_tokens %s is above the %s that model %s can write', body ->> 'max_tokens', v_model.max_output_tokens, model),
      null, jsonb_build_object('model', model));
  end if;
end
$$;
comment on function agentpg._check_abilities(text, jsonb) is
  'Refuses what the model is known not to take (AP108, AP110, AP111). Unknown models pass.';

commit;
