-- Deploy agentpg:registry/request_features to pg
-- requires: registry/request_parameters
-- requires: registry/output_schema
begin;

create function agentpg._feature_names()
returns text[]
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select array[
    'thinking', 'effort', 'output_schema', 'output_repairs', 'tool_choice', 'stop_sequences', 'user_id', 'service_tier', 'speed',
    'betas', 'server_tools', 'mcp_servers'
  ]
$$;
comment on function agentpg._feature_names() is
  'Keys of an agent''s config and of run options that stand for parameters of the Messages API.';

create function agentpg._is_list_of(value jsonb, pattern text)
returns boolean
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case when jsonb_typeof(value) = 'array' then not exists (
    select from jsonb_array_elements(value) as e(item)
    where jsonb_typeof(e.item) <> 'string' or e.item #>> '{}' !~ pattern
  ) else false end
$$;
comment on function agentpg._is_list_of(jsonb, text) is 'Whether it is an array of texts that match the pattern.';

create function agentpg._check_server_tools(server_tools jsonb, place text, code text)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_bad text;
begin
  if jsonb_typeof(server_tools) <> 'array' then
    perform agentpg._refuse(code, format('%s must be an array of tool definitions of the API', place),
      'for example [{"type": "web_search_20260209", "name": "web_search"}]');
  end if;
  select format('%s[%s]', place, t.index - 1) into v_bad
  from jsonb_array_elements(server_tools) with ordinality as t(tool, index)
  where coalesce(jsonb_typeof(t.tool -> 'type'), 'none') <> 'string' or t.tool ->> 'type' in ('', 'custom')
    or coalesce(jsonb_typeof(t.tool -> 'name'), 'string') <> 'string'
  order by t.index limit 1;
  if v_bad is not null then
    perform agentpg._refuse(code, format('%s is not a tool of the API: it needs a type, other than custom', v_bad),
      'for example {"type": "web_search_20260209", "name": "web_search"}; tools of your own are registered, and listed in tools');
  end if;
  select string_agg(d.name, ', ' order by d.name) into v_bad
  from (select t.tool ->> 'name' as name from jsonb_array_elements(server_tools) as t(tool) group by 1 having count(*) > 1) d;
  if v_bad is not null then
    perform agentpg._refuse('AP254', format('%s names tools twice: %s', place, v_bad), 'the model calls tools by name: leave one of them out');
  end if;
end
$$;
comment on function agentpg._check_server_tools(jsonb, text, text) is 'The given code, or AP254, unless these are definitions of tools that the API runs.';

create function agentpg._check_features(given jsonb, place text, code text)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key text;
begin
  foreach v_key in array array['thinking', 'tool_choice'] loop
    if given ? v_key and coalesce(jsonb_typeof(given #> array[v_key, 'type']), 'none') <> 'string' then
      perform agentpg._refuse(code, format('%s%s must be an object with a type', place, v_key),
        case v_key when 'thinking' then 'for example {"type": "adaptive"}' else 'for example {"type": "auto"}' end);
    end if;
  end loop;
  foreach v_key in array array['effort', 'user_id', 'service_tier', 'speed'] loop
    if given ? v_key and (jsonb_typeof(given -> v_key) <> 'string' or given ->> v_key = '') then
      perform agentpg._refuse(code, format('%s%s must be a text', place, v_key),
        case v_key when 'effort' then 'for example "high"' when 'user_id' then 'an opaque id of your user' else 'for example "standard"' end);
    end if;
  end loop;
  if given ? 'stop_sequences' and not agentpg._is_list_of(given -> 'stop_sequences', '[^[:space:]]') then
    perform agentpg._refuse(code, format('%sstop_sequences must be an array of texts that are not blank', place), 'for example ["END"]');
  end if;
  if given ? 'betas' then
    perform agentpg._check_betas(given -> 'betas', place || 'betas', code);
  end if;
  if given ? 'server_tools' then
    perform agentpg._check_server_tools(given -> 'server_tools', place || 'server_tools', code);
  end if;
  if given ? 'mcp_servers' then
    perform agentpg._check_mcp_servers(given -> 'mcp_servers', place || 'mcp_servers', code);
  end if;
  if given ? 'output_schema' then
    perform agentpg._output_format(given -> 'output_schema', place || 'output_schema');
  end if;
  if given ? 'output_repairs' then
    perform agentpg._check_count(given -> 'output_repairs', place || 'output_repairs', 0, 100);
  end if;
end
$$;
comment on function agentpg._check_features(jsonb, text, text) is
  'The given code, AP108, AP254, AP255 or AP256 unless the keys of _feature_names have values of the shape that the API takes. What may be in them is the API''s to say.';

create function agentpg._merge_request(base jsonb, above jsonb)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- {"type": "enabled", "budget_tokens": 2048} and {"type": "adaptive"} are alternatives, not parts of one.
  if jsonb_typeof(base) <> 'object' or jsonb_typeof(above) <> 'object' or base ? 'type' or above ? 'type' then
    return above;
  end if;
  return base || (
    select coalesce(jsonb_object_agg(a.key, case when base ? a.key then agentpg._merge_request(base -> a.key, a.value) else a.value end), '{}')
    from jsonb_each(above) a
  );
end
$$;
comment on function agentpg._merge_request(jsonb, jsonb) is
  'Parameters over those of a lower place: objects key by key, unless they have a type; anything else is replaced.';

create function agentpg._feature_parameters(given jsonb, place text)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_parameters jsonb;
  v_output jsonb := '{}';
begin
  select coalesce(jsonb_object_agg(k.key, k.value), '{}') into v_parameters
  from jsonb_each(given) k
  where k.key in ('thinking', 'tool_choice', 'stop_sequences', 'service_tier', 'speed', 'mcp_servers');
  if given ? 'user_id' then
    v_parameters := v_parameters || jsonb_build_object('metadata', jsonb_build_object('user_id', given -> 'user_id'));
  end if;
  if given ? 'effort' then
    v_output := jsonb_build_object('effort', given -> 'effort');
  end if;
  if given ? 'output_schema' then
    v_output := v_output || jsonb_build_object('format', agentpg._output_format(given -> 'output_schema', place || 'output_schema'));
  end if;
  return v_parameters || case when v_output = '{}' then '{}' else jsonb_build_object('output_config', v_output) end;
end
$$;
comment on function agentpg._feature_parameters(jsonb, text) is 'The keys of _feature_names as the parameters that they stand for.';

create function agentpg._request_of(config jsonb, options jsonb)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_layer jsonb;
  v_request jsonb := '{}';
  v_betas jsonb := '[]';
begin
  config := coalesce(config, '{}');
  options := coalesce(options, '{}');
  for v_layer in
    select l.layer
    from unnest(array[
      nullif(config -> 'request', 'null'), agentpg._feature_parameters(config, 'config.'), jsonb_build_object('betas', config -> 'betas'),
      nullif(options -> 'request', 'null'), agentpg._feature_parameters(options, 'option '), jsonb_build_object('betas', options -> 'betas')
    ]) with ordinality as l(layer, place)
    where l.layer is not null
    order by l.place
  loop
    v_request := agentpg._merge_request(v_request, v_layer - 'betas');
    v_betas := v_betas || coalesce(nullif(v_layer -> 'betas', 'null'), '[]');
  end loop;
  if jsonb_typeof(v_request -> 'mcp_servers') = 'array' and v_request -> 'mcp_servers' <> '[]'
    and agentpg._is_list_of(v_betas, '^(?!mcp-client-)')
  then
    v_betas := v_betas || '["mcp-client-2025-11-20"]';
  end if;
  if v_betas <> '[]' then
    select v_request || jsonb_build_object('betas', jsonb_agg(b.name order by b.place)) into v_request
    from (
      select b.name, min(b.place) as place from jsonb_array_elements(v_betas) with ordinality as b(name, place) group by b.name
    ) b;
  end if;
  return v_request;
end
$$;
comment on function agentpg._request_of(jsonb, jsonb) is
  'The parameters of a request that an agent''s config and the options of a run ask for: options over config, in each of them the keys of their own over request. betas are added up; the MCP connector gets the one it needs where none is named.';

create function agentpg._server_tools_of(config jsonb, options jsonb, request jsonb)
returns jsonb
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select g.tools || coalesce((
    select jsonb_agg(jsonb_build_object('type', 'mcp_toolset', 'mcp_server_name', s.server -> 'name') order by s.place)
    from jsonb_array_elements(case jsonb_typeof(request -> 'mcp_servers') when 'array' then request -> 'mcp_servers' else '[]' end)
      with ordinality as s(server, place)
    where not g.tools @> jsonb_build_array(jsonb_build_object('type', 'mcp_toolset', 'mcp_server_name', s.server -> 'name'))
  ), '[]')
  from (select coalesce(options -> 'server_tools', config -> 'server_tools', '[]') as tools) g
$$;
comment on function agentpg._server_tools_of(jsonb, jsonb, jsonb) is
  'The tools that the API runs, in the order given, and a toolset for each MCP server that has none.';

create function agentpg._check_tool_names(server_tools jsonb, names text[])
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_taken text;
begin
  select string_agg(t.tool ->> 'name', ', ') into v_taken
  from jsonb_array_elements(server_tools) as t(tool)
  where t.tool ->> 'name' = any (names);
  if v_taken is not null then
    perform agentpg._refuse('AP254', format('server_tools and the agent''s own tools or delegates share a name: %s', v_taken),
      'the model calls tools by name: leave one of them out, or give your tool another name', jsonb_build_object('tool', v_taken));
  end if;
end
$$;
comment on function agentpg._check_tool_names(jsonb, text[]) is 'AP254 when a tool of the API has the name of a tool of ours.';

commit;
