-- Deploy agentpg:registry/upsert_models to pg
-- requires: registry/models
-- requires: core/errors
begin;

create function agentpg.upsert_models(models jsonb)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if models is null or jsonb_typeof(models) <> 'array' then
    perform agentpg._refuse('AP100', 'models must be a JSON array of {id, ..., prices: [...]}');
  end if;

  insert into agentpg.models as m (
    id, display_name, max_input_tokens, max_output_tokens, accepts_sampling, accepts_forced_tool_choice,
    binds_thinking, lifecycle, retires_on, updated_on
  )
  select g.id, g.display_name, g.max_input_tokens, g.max_output_tokens, coalesce(g.accepts_sampling, false),
    coalesce(g.accepts_forced_tool_choice, true), coalesce(g.binds_thinking, false), coalesce(g.lifecycle, 'active'), g.retires_on,
    coalesce(g.updated_on, agentpg.now()::date)
  from jsonb_to_recordset(upsert_models.models) as g(
    id text, display_name text, max_input_tokens integer, max_output_tokens integer, accepts_sampling boolean,
    accepts_forced_tool_choice boolean, binds_thinking boolean, lifecycle text, retires_on date, updated_on date
  )
  order by g.id
  on conflict on constraint models_pk do update
  set display_name = excluded.display_name, max_input_tokens = excluded.max_input_tokens,
    max_output_tokens = excluded.max_output_tokens, accepts_sampling = excluded.accepts_sampling,
    accepts_forced_tool_choice = excluded.accepts_forced_tool_choice, lifecycle = excluded.lifecycle,
    retires_on = excluded.retires_on, updated_on = excluded.updated_on;

  insert into agentpg.model_prices as p (
    model, effective_on, above_prompt_tokens, input_usd, output_usd,
    cache_write_5m_usd, cache_write_1h_usd, cache_read_usd, batch_ratio
  )
  select m.model ->> 'id', r.effective_on, coalesce(r.above_prompt_tokens, 0), r.input_usd, r.output_usd,
    coalesce(r.cache_write_5m_usd, r.input_usd * 1.25), coalesce(r.cache_write_1h_usd, r.input_usd * 2),
    r.cache_read_usd, coalesce(r.batch_ratio, 0.5)
  from jsonb_array_elements(upsert_models.models) as m(model)
  cross join lateral jsonb_to_recordset(m.model -> 'prices') as r(
    effective_on date, above_prompt_tokens integer, input_usd numeric, output_usd numeric,
    cache_write_5m_usd numeric, cache_write_1h_usd numeric, cache_read_usd numeric, batch_ratio numeric
  )
  order by 1, 2, 3
  on conflict on constraint model_prices_pk do update
  set input_usd = excluded.input_usd, output_usd = excluded.output_usd,
    cache_write_5m_usd = excluded.cache_write_5m_usd, cache_write_1h_usd = excluded.cache_write_1h_usd,
    cache_read_usd = excluded.cache_read_usd, batch_ratio = excluded.batch_ratio;
  return jsonb_array_length(upsert_models.models);
exception
  when data_exception or integrity_constraint_violation or cardinality_violation then
    perform agentpg._refuse('AP100', format('a model is not as it should be: %s', sqlerrm),
      '[{"id": "...", "max_input_tokens": 1000000, "prices": [{"effective_on": "2026-10-07", "input_usd": 2, "output_usd": 10, "cache_read_usd": 0.1}]}]');
    return null;
end
$$;
comment on function agentpg.upsert_models(jsonb) is
  'Adds or replaces models and their dated prices (USD per million tokens), all or none; returns how many models were given. Cache writes default to 1.25 and 2 times the input price. Errors: AP100.';

commit;
