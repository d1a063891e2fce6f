-- Deploy agentpg:registry/check_models to pg
-- requires: registry/models
-- requires: core/errors
-- requires: core/nearest_name
-- requires: core/validation
begin;

create function agentpg._new_model()
returns jsonb
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select '{"accepts_sampling": false, "accepts_forced_tool_choice": true, "refuses_thinking": [], "binds_thinking": false, "lifecycle": "active"}'::jsonb
$$;
comment on function agentpg._new_model() is 'What stands in the row of a model as long as nobody says otherwise.';

create function agentpg._model_keys(part text)
returns table (key text, kind text, required boolean)
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select k.key, k.kind, k.required
  from (values
    ('model', 'id', 'name', true), ('model', 'display_name', 'text', false), ('model', 'max_input_tokens', 'tokens', false),
    ('model', 'max_output_tokens', 'tokens', false), ('model', 'accepts_sampling', 'boolean', false),
    ('model', 'accepts_forced_tool_choice', 'boolean', false), ('model', 'refuses_thinking', 'names', false), ('model', 'binds_thinking', 'boolean', false),
    ('model', 'default_effort', 'text', false), ('model', 'cache_minimum_tokens', 'tokens', false),
    ('model', 'lifecycle', 'lifecycle', false), ('model', 'retires_on', 'day or null', false), ('model', 'updated_on', 'day', false),
    ('model', 'prices', 'entries', false),
    ('price', 'effective_on', 'day', true), ('price', 'speed', 'name', false), ('price', 'above_prompt_tokens', 'count', false),
    ('price', 'input_usd', 'usd', true), ('price', 'output_usd', 'usd', true), ('price', 'cache_write_5m_usd', 'usd', false),
    ('price', 'cache_write_1h_usd', 'usd', false), ('price', 'cache_read_usd', 'usd', true), ('price', 'batch_ratio', 'share', false),
    ('price', 'geo_ratios', 'ratios', false),
    ('server tool', 'counter', 'name', true), ('server tool', 'effective_on', 'day', true), ('server tool', 'usd_per_thousand', 'usd', true)
  ) as k(part, key, kind, required)
  where k.part = _model_keys.part
$$;
comment on function agentpg._model_keys(text) is 'The keys of a model, a price or the price of a server tool in what upsert_models takes.';

create function agentpg._misfit(value jsonb, kind text)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_type text := jsonb_typeof(value);
  v_number numeric := case when v_type = 'number' then value::text::numeric end;
  v_fits boolean;
begin
  v_fits := case kind
    when 'name' then v_type = 'string' and value <> '""'
    when 'text' then v_type in ('string', 'null')
    when 'boolean' then v_type = 'boolean'
    when 'tokens' then v_type = 'null' or v_number between 1 and 2147483647 and v_number = trunc(v_number)
    when 'count' then v_number between 0 and 2147483647 and v_number = trunc(v_number)
    when 'usd' then v_number >= 0
    when 'share' then v_number > 0 and v_number <= 1
    when 'lifecycle' then value in ('"active"', '"deprecated"', '"retired"')
    when 'day' then v_type = 'string' and value #>> '{}' ~ '^\d{4}-\d{2}-\d{2}$'
    when 'day or null' then v_type = 'null' or v_type = 'string' and value #>> '{}' ~ '^\d{4}-\d{2}-\d{2}$'
    when 'names' then v_type = 'array' and not jsonb_path_exists(value, '$[*] ? (@.type() != "string")')
    when 'ratios' then v_type = 'object' and not jsonb_path_exists(value, '$.* ? (!(@.type() == "number" && @ > 0))')
    when 'entries' then v_type = 'array'
  end;
  if v_fits and kind like 'day%' and v_type = 'string' then
    perform (value #>> '{}')::date;
  end if;
  if v_fits then
    return null;
  end if;
  return case kind
    when 'name' then 'a text that is not empty' when 'text' then 'a text' when 'boolean' then 'true or false'
    when 'tokens' then 'a whole number of at least 1' when 'count' then 'a whole number of at least 0'
    when 'usd' then 'a number of at least 0' when 'share' then 'a number above 0 and at most 1'
    when 'lifecycle' then 'active, deprecated or retired' when 'names' then 'an array of texts'
    when 'ratios' then 'an object of numbers above 0, for example {"us": 1.1}' when 'entries' then 'an array'
    else 'a day such as "2026-10-07"'
  end;
exception
  when data_exception then
    return 'a day such as "2026-10-07"';
end
$$;
comment on function agentpg._misfit(jsonb, text) is 'What a value of this kind must be, if it is something else; null if it fits.';

create function agentpg._check_model_entry(entry jsonb, part text, place text)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_known text[] := array(select k.key from agentpg._model_keys(part) k);
  v_unknown text;
  v_key record;
begin
  if jsonb_typeof(entry) is distinct from 'object' then
    perform agentpg._refuse('AP100', format('%s must be an object', place));
  end if;
  v_unknown := agentpg._unknown_keys(entry, v_known);
  if v_unknown is not null then
    perform agentpg._refuse('AP100', format('%s has unknown keys: %s', place, v_unknown), agentpg._name_hint(v_unknown, v_known, 'keys'));
  end if;
  for v_key in
    select k.key, entry ? k.key as given, agentpg._misfit(entry -> k.key, k.kind) as wanted
    from agentpg._model_keys(part) k
    where k.required or entry ? k.key
  loop
    if not v_key.given then
      perform agentpg._refuse('AP100', format('%s has no %s', place, v_key.key));
    elsif v_key.wanted is not null then
      perform agentpg._refuse('AP100', format('%s.%s is %s; it must be %s', place, v_key.key, left((entry -> v_key.key)::text, 100), v_key.wanted));
    end if;
  end loop;
end
$$;
comment on function agentpg._check_model_entry(jsonb, text, text) is 'AP100, which names the place, unless the entry is as it should be.';

create function agentpg._check_models(models jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_document jsonb := case when jsonb_typeof(models) = 'array' then jsonb_build_object('models', models) else models end;
  v_hint constant text := '[{"id": "...", "max_input_tokens": 1000000, "prices": [{"effective_on": "2026-10-07", "input_usd": 2, "output_usd": 10, "cache_read_usd": 0.1}]}]';
  v_part text;
  v_twice text;
  v_entry record;
  v_price record;
begin
  if coalesce(jsonb_typeof(v_document), 'none') <> 'object' or v_document - array['models', 'server_tools'] <> '{}' then
    perform agentpg._refuse('AP100', 'models must be an array of models, or an object of models and server_tools', v_hint);
  end if;
  v_document := '{"models": [], "server_tools": []}' || v_document;
  foreach v_part in array array['models', 'server_tools'] loop
    if jsonb_typeof(v_document -> v_part) <> 'array' then
      perform agentpg._refuse('AP100', format('%s must be an array', v_part), v_hint);
    end if;
  end loop;
  for v_entry in select e.entry, format('models[%s]', e.place - 1) as place from jsonb_array_elements(v_document -> 'models') with ordinality as e(entry, place) loop
    perform agentpg._check_model_entry(v_entry.entry, 'model', v_entry.place);
    for v_price in
      select e.entry, format('%s.prices[%s]', v_entry.place, e.place - 1) as place
      from jsonb_array_elements(coalesce(v_entry.entry -> 'prices', '[]')) with ordinality as e(entry, place)
    loop
      perform agentpg._check_model_entry(v_price.entry, 'price', v_price.place);
    end loop;
  end loop;
  for v_entry in select e.entry, format('server_tools[%s]', e.place - 1) as place from jsonb_array_elements(v_document -> 'server_tools') with ordinality as e(entry, place) loop
    perform agentpg._check_model_entry(v_entry.entry, 'server tool', v_entry.place);
  end loop;

  select format('%s is in it twice: %s', t.what, string_agg(t.place, ', ' order by t.place)) into v_twice
  from (
    select format('model %s', e.entry ->> 'id') as what, format('models[%s]', e.place - 1) as place
    from jsonb_array_elements(v_document -> 'models') with ordinality as e(entry, place)
    union all
    select format('the price of %s from %s on', m.entry ->> 'id', concat_ws(' ', p.entry ->> 'effective_on',
        coalesce(p.entry ->> 'speed', 'standard'), 'above ' || coalesce(p.entry ->> 'above_prompt_tokens', '0'))),
      format('models[%s].prices[%s]', m.place - 1, p.place - 1)
    from jsonb_array_elements(v_document -> 'models') with ordinality as m(entry, place)
    cross join lateral jsonb_array_elements(coalesce(m.entry -> 'prices', '[]')) with ordinality as p(entry, place)
    union all
    select format('the price of %s from %s on', e.entry ->> 'counter', e.entry ->> 'effective_on'), format('server_tools[%s]', e.place - 1)
    from jsonb_array_elements(v_document -> 'server_tools') with ordinality as e(entry, place)
  ) t
  group by t.what
  having count(*) > 1
  limit 1;
  if v_twice is not null then
    perform agentpg._refuse('AP100', v_twice);
  end if;
  return v_document;
end
$$;
comment on function agentpg._check_models(jsonb) is
  'What upsert_models takes, as an object of models and server_tools; AP100 names the first place that is not as it should be.';

commit;
