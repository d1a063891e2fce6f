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
  return case when jsonb_typeof(usage -> field) = 'number' then greatest((usage ->> field)::numeric, 0)::bigint else 0 end;
end
$$;
comment on function agentpg._token_count(jsonb, text) is 'A counter of a usage object; 0 when it is absent.';

create function agentpg._cost_usd(model text, run_mode agentpg.run_mode, usage jsonb, at timestamptz)
returns numeric
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    with counted as (
      select
        agentpg._token_count(usage, 'input_tokens') as input,
        agentpg._token_count(usage, 'output_tokens') as output,
        agentpg._token_count(usage, 'cache_read_input_tokens') as cache_read,
        agentpg._token_count(usage, 'cache_creation_input_tokens') as cache_write,
        agentpg._token_count(usage -> 'cache_creation', 'ephemeral_1h_input_tokens') as cache_write_1h
    )
    select trim_scale((
        c.input * p.input_usd + c.output * p.output_usd + c.cache_read * p.cache_read_usd
        + c.cache_write_1h * p.cache_write_1h_usd
        + greatest(c.cache_write - c.cache_write_1h, 0) * p.cache_write_5m_usd
      ) / 1000000
      * case when _cost_usd.run_mode = 'batch' then p.batch_ratio else 1 end
      * case when _cost_usd.usage ->> 'inference_geo' = 'us' then 1.1 else 1 end)
    from counted c
    join agentpg.model_prices p on p.model = _cost_usd.model
      and p.effective_on <= (_cost_usd.at at time zone 'utc')::date
      and p.above_prompt_tokens <= greatest(c.input + c.cache_read + c.cache_write - 1, 0)
    order by p.effective_on desc, p.above_prompt_tokens desc
    limit 1
  );
end
$$;
comment on function agentpg._cost_usd(text, agentpg.run_mode, jsonb, timestamptz) is
  'What a model call cost in USD at the prices of its day; null when the model is unpriced. Cache writes of both ages, long-prompt prices, the batch ratio and the us surcharge (1.1) are taken into account.';

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
    where p.model = _batch_ratio.model and p.effective_on <= (_batch_ratio.at at time zone 'utc')::date
    order by p.effective_on desc, p.above_prompt_tokens
    limit 1
  );
end
$$;
comment on function agentpg._batch_ratio(text, timestamptz) is 'What a call in a batch costs of the same call in streaming mode; null when the model is unpriced.';

commit;
