-- Deploy agentpg:registry/upsert_models to pg
-- requires: registry/check_models
begin;

create function agentpg.upsert_models(models jsonb)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_document jsonb := agentpg._check_models(upsert_models.models);
begin
  -- What is not given stays as it is.
  insert into agentpg.models as m
  select r.*
  from jsonb_array_elements(v_document -> 'models') as g(model)
  left join agentpg.models k on k.id = g.model ->> 'id'
  cross join lateral jsonb_populate_record(
    k,
    case when k.id is null then agentpg._new_model() else '{}' end
      || jsonb_build_object('updated_on', agentpg.now()::date) || (g.model - 'prices')
  ) r
  order by r.id
  on conflict on constraint models_pk do update
  set display_name = excluded.display_name, max_input_tokens = excluded.max_input_tokens,
    max_output_tokens = excluded.max_output_tokens, accepts_sampling = excluded.accepts_sampling,
    accepts_forced_tool_choice = excluded.accepts_forced_tool_choice, refuses_thinking = excluded.refuses_thinking,
    binds_thinking = excluded.binds_thinking, default_effort = excluded.default_effort, cache_minimum_tokens = excluded.cache_minimum_tokens,
    lifecycle = excluded.lifecycle, retires_on = excluded.retires_on, updated_on = excluded.updated_on;

  insert into agentpg.model_prices as p (
    model, effective_on, speed, above_prompt_tokens, input_usd, output_usd,
    cache_write_5m_usd, cache_write_1h_usd, cache_read_usd, batch_ratio, geo_ratios
  )
  select m.model ->> 'id', r.effective_on, coalesce(r.speed, 'standard'), coalesce(r.above_prompt_tokens, 0), r.input_usd, r.output_usd,
    coalesce(r.cache_write_5m_usd, r.input_usd * 1.25), coalesce(r.cache_write_1h_usd, r.input_usd * 2),
    r.cache_read_usd, coalesce(r.batch_ratio, 0.5), coalesce(r.geo_ratios, '{"us": 1.1}')
  from jsonb_array_elements(v_document -> 'models') as m(model)
  cross join lateral jsonb_to_recordset(coalesce(m.model -> 'prices', '[]')) as r(
    effective_on date, speed text, above_prompt_tokens integer, input_usd numeric, output_usd numeric,
    cache_write_5m_usd numeric, cache_write_1h_usd numeric, cache_read_usd numeric, batch_ratio numeric, geo_ratios jsonb
  )
  order by 1, 2, 3, 4
  on conflict on constraint model_prices_pk do update
  set input_usd = excluded.input_usd, output_usd = excluded.output_usd,
    cache_write_5m_usd = excluded.cache_write_5m_usd, cache_write_1h_usd = excluded.cache_write_1h_usd,
    cache_read_usd = excluded.cache_read_usd, batch_ratio = excluded.batch_ratio, geo_ratios = excluded.geo_ratios;

  insert into agentpg.server_tool_prices as s (counter, effective_on, usd_per_thousand)
  select r.counter, r.effective_on, r.usd_per_thousand
  from jsonb_to_recordset(v_document -> 'server_tools') as r(counter text, effective_on date, usd_per_thousand numeric)
  order by 1, 2
  on conflict on constraint server_tool_prices_pk do update set usd_per_thousand = excluded.usd_per_thousand;
  return jsonb_array_length(v_document -> 'models') + jsonb_array_length(v_document -> 'server_tools');
end
$$;
comment on function agentpg.upsert_models(jsonb) is
  'Adds or changes models, their dated prices (USD per million tokens) and the prices of the API''s own tools, all or none; returns how many entries were given. An array of models, or what export_models gives. What is not given of a model stays; a price of a day is replaced. Cache writes default to 1.25 and 2 times the input price. Errors: AP100, which names the place.';

create function agentpg.export_models(model text default null)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'models', coalesce((
      select jsonb_agg(jsonb_strip_nulls(to_jsonb(m)) || jsonb_build_object('prices', coalesce((
        select jsonb_agg(to_jsonb(p) - 'model' order by p.effective_on, p.speed desc, p.above_prompt_tokens)
        from agentpg.model_prices p
        where p.model = m.id
      ), '[]')) order by m.id)
      from agentpg.models m
      where m.id = export_models.model or export_models.model is null
    ), '[]'),
    'server_tools', case when export_models.model is not null then '[]' else coalesce((
      select jsonb_agg(to_jsonb(s) order by s.counter, s.effective_on) from agentpg.server_tool_prices s
    ), '[]') end
  )
$$;
comment on function agentpg.export_models(text) is
  'What is known of models and prices, or of one model, in the form that upsert_models takes.';

commit;
