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

create function agentpg._billed(model text, run_mode agentpg.run_mode, usage jsonb, at timestamptz)
returns agentpg.billed_usage
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_billed agentpg.billed_usage;
  v_tools_usd numeric := agentpg._server_tools_usd(usage, at);
  v_geo text := coalesce(nullif(usage ->> 'inference_geo', 'not_available'), 'global');
  -- A step of the API's own, such as a compaction, is in iterations and not in the counts beside it.
  v_steps jsonb := case when jsonb_typeof(usage -> 'iterations') = 'array' and usage -> 'iterations' <> '[]'
    then usage -> 'iterations' else jsonb_build_array(usage) end;
begin
  select sum(s.input), sum(s.output), sum(s.cache_write), sum(s.cache_write_1h), sum(s.cache_read),
    case when count(*) = count(p.usd) then trim_scale(sum(p.usd) + v_tools_usd) end
  into v_billed
  from (
    select coalesce(nullif(u.step ->> 'model', ''), _billed.model) as model,
      -- Another model may advise at its own pace; fast is the answer.
      case when u.step ->> 'type' = 'advisor_message' then 'standard' else coalesce(_billed.usage ->> 'speed', 'standard') end as speed,
      agentpg._token_count(u.step, 'input_tokens') as input,
      agentpg._token_count(u.step, 'output_tokens') as output,
      greatest(
        agentpg._token_count(u.step, 'cache_creation_input_tokens'),
        agentpg._token_count(u.step -> 'cache_creation', 'ephemeral_1h_input_tokens')
      ) as cache_write,
      agentpg._token_count(u.step -> 'cache_creation', 'ephemeral_1h_input_tokens') as cache_write_1h,
      agentpg._token_count(u.step, 'cache_read_input_tokens') as cache_read
    from jsonb_array_elements(v_steps) as u(step)
  ) s
  cross join lateral agentpg._price(s.model, s.speed, s.input + s.cache_write + s.cache_read, _billed.at) r
  cross join lateral (
    select (
        s.input * r.input_usd + s.output * r.output_usd + s.cache_read * r.cache_read_usd
        + s.cache_write_1h * r.cache_write_1h_usd + greatest(s.cache_write - s.cache_write_1h, 0) * r.cache_write_5m_usd
      ) / 1000000
      * case when _billed.run_mode = 'batch' then r.batch_ratio else 1 end
      * case when v_geo = 'global' then 1 else (r.geo_ratios ->> v_geo)::numeric end
      -- Tokens of a tier that was paid for beforehand, or is new, have another price.
      * case when coalesce(_billed.usage ->> 'service_tier', 'standard') in ('standard', 'batch') then 1 end as usd
  ) p;
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
