-- Deploy agentpg:registry/cost to pg
-- requires: registry/models
-- requires: core/types
begin;

create function agentpg._token_count(usage jsonb, field text)
returns bigint
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case when jsonb_typeof(usage -> field) = 'number'
    then least(greatest((usage ->> field)::numeric, 0), 9007199254740991)::bigint else 0 end;
end
$$;
comment on function agentpg._token_count(jsonb, text) is 'A counter of a usage object; 0 when it is absent.';

create function agentpg._price(model text, speed text, prompt_tokens bigint, at timestamptz)
returns agentpg.model_prices
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_price agentpg.model_prices;
begin
  select p.* into v_price
  from agentpg.model_prices p
  where p.model = _price.model and p.speed = _price.speed
    and p.effective_on <= (_price.at at time zone 'utc')::date
    and p.above_prompt_tokens <= greatest(_price.prompt_tokens - 1, 0)
  order by p.effective_on desc, p.above_prompt_tokens desc
  limit 1;
  return v_price;
end
$$;
comment on function agentpg._price(text, text, bigint, timestamptz) is
  'What the tokens of a request of this length cost on that day (UTC); null when that is not known.';

create function agentpg._server_tools_usd(usage jsonb, at timestamptz)
returns numeric
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if coalesce(jsonb_typeof(usage -> 'server_tool_use'), 'null') <> 'object' then
    return 0;
  end if;
  return (
    select case when count(*) = count(p.usd_per_thousand) then coalesce(sum(u.uses * p.usd_per_thousand / 1000), 0) end
    from (
      select c.counter, agentpg._token_count(usage -> 'server_tool_use', c.counter) as uses
      from jsonb_object_keys(usage -> 'server_tool_use') as c(counter)
    ) u
    left join lateral (
      select s.usd_per_thousand
      from agentpg.server_tool_prices s
      where s.counter = u.counter and s.effective_on <= (_server_tools_usd.at at time zone 'utc')::date
      order by s.effective_on desc
      limit 1
    ) p on true
    where u.uses > 0
  );
end
$$;
comment on function agentpg._server_tools_usd(jsonb, timestamptz) is
  'What the API''s own tools cost that a model call used; null when one of them has no price.';

create type agentpg.billed_usage as (
  input_tokens bigint,
  output_tokens bigint,
  cache_creation_input_tokens bigint,
  cache_creation_1h_input_tokens bigint,
  cache_read_input_tokens bigint,
  cost_usd numeric
);
comment on type agentpg.billed_usage is
  'What a model call is billed for, all its steps together, and what that costs; cost_usd is null when a part of it has no price.';

create function agentpg._billed_step(model text, run_mode agentpg.run_mode, usage jsonb, step jsonb, at timestamptz)
returns agentpg.billed_usage
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_input bigint := agentpg._token_count(step, 'input_tokens');
  v_output bigint := agentpg._token_count(step, 'output_tokens');
  v_write bigint := agentpg._token_count(step, 'cache_creation_input_tokens');
  v_write_1h bigint := case when step ? 'cache_creation' then agentpg._token_count(step -> 'cache_creation', 'ephemeral_1h_input_tokens') else 0 end;
  v_read bigint := agentpg._token_count(step, 'cache_read_input_tokens');
  v_geo text := coalesce(nullif(usage ->> 'inference_geo', 'not_available'), 'global');
  v_price agentpg.model_prices;
begin
  v_write := greatest(v_write, v_write_1h);
  v_price := agentpg._price(
    coalesce(nullif(step ->> 'model', ''), model),
    -- Another model may advise at its own pace; fast is the answer.
    case when step ->> 'type' = 'advisor_message' then 'standard' else coalesce(usage ->> 'speed', 'standard') end,
    v_input + v_write + v_read, at
  );
  return (
    v_input, v_output, v_write, v_write_1h, v_read,
    (
      v_input * v_price.input_usd + v_output * v_price.output_usd + v_read * v_price.cache_read_usd
      + v_write_1h * v_price.cache_write_1h_usd + (v_write - v_write_1h) * v_price.cache_write_5m_usd
    ) / 1000000
    * case when run_mode = 'batch' then v_price.batch_ratio else 1 end
    * case when v_geo = 'global' then 1 else (v_price.geo_ratios ->> v_geo)::numeric end
    -- Tokens of a tier that was paid for beforehand, or is new, have another price.
    * case when coalesce(usage ->> 'service_tier', 'standard') in ('standard', 'batch') then 1 end
  )::agentpg.billed_usage;
end
$$;
comment on function agentpg._billed_step(text, agentpg.run_mode, jsonb, jsonb, timestamptz) is
  'What one step of a model call is billed for, without the API''s own tools.';

create function agentpg._billed(model text, run_mode agentpg.run_mode, usage jsonb, at timestamptz)
returns agentpg.billed_usage
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_billed agentpg.billed_usage;
begin
  -- A step of the API's own, such as a compaction, is in iterations and not in the counts beside it.
  if jsonb_typeof(usage -> 'iterations') = 'array' and usage -> 'iterations' <> '[]' then
    select sum(s.input_tokens), sum(s.output_tokens), sum(s.cache_creation_input_tokens), sum(s.cache_creation_1h_input_tokens),
      sum(s.cache_read_input_tokens), case when count(*) = count(s.cost_usd) then sum(s.cost_usd) end
    into v_billed
    from jsonb_array_elements(usage -> 'iterations') as u(step)
    cross join lateral agentpg._billed_step(_billed.model, _billed.run_mode, _billed.usage, u.step, _billed.at) s;
  else
    v_billed := agentpg._billed_step(model, run_mode, usage, usage, at);
  end if;
  v_billed.cost_usd := trim_scale(v_billed.cost_usd + agentpg._server_tools_usd(usage, at));
  return v_billed;
end
$$;
comment on function agentpg._billed(text, agentpg.run_mode, jsonb, timestamptz) is
  'What a model call is billed for at the prices of its day: steps, cache writes of both ages, long prompts, speed, batch, place and the API''s own tools are taken into account. What has no price makes the cost null.';

create function agentpg._cost_usd(model text, run_mode agentpg.run_mode, usage jsonb, at timestamptz)
returns numeric
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (agentpg._billed(model, run_mode, usage, at)).cost_usd;
end
$$;
comment on function agentpg._cost_usd(text, agentpg.run_mode, jsonb, timestamptz) is
  'What a model call cost in USD at the prices of its day; null when a part of it is unpriced.';

create function agentpg._batch_ratio(model text, at timestamptz)
returns numeric
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select p.batch_ratio
    from agentpg.model_prices p
    where p.model = _batch_ratio.model and p.effective_on <= (_batch_ratio.at at time zone 'utc')::date and p.speed = 'standard'
    order by p.effective_on desc, p.above_prompt_tokens
    limit 1
  );
end
$$;
comment on function agentpg._batch_ratio(text, timestamptz) is 'What a call in a batch costs of the same call in streaming mode; null when the model is unpriced.';

commit;
