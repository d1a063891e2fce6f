-- Deploy agentpg:registry/models to pg
-- requires: core/schema
begin;

create table agentpg.models (
  id text not null,
  display_name text,
  max_input_tokens integer,
  max_output_tokens integer,
  accepts_sampling boolean not null default false,
  accepts_forced_tool_choice boolean not null default true,
  refuses_thinking text[] not null default '{}',
  default_effort text,
  cache_minimum_tokens integer,
  binds_thinking boolean not null default false,
  lifecycle text not null default 'active',
  retires_on date,
  updated_on date not null,
  constraint models_pk primary key (id),
  constraint models_id_not_empty check (id <> ''),
  constraint models_windows_positive check (max_input_tokens > 0 and max_output_tokens > 0),
  constraint models_cache_minimum_positive check (cache_minimum_tokens > 0),
  constraint models_lifecycle_known check (lifecycle in ('active', 'deprecated', 'retired'))
);
comment on table agentpg.models is
  'What is known of each model: limits and abilities, as data. Models that are not listed are allowed; what is unknown is not checked.';
comment on column agentpg.models.accepts_sampling is
  'Whether temperature, top_p and top_k are taken under the current API version.';
comment on column agentpg.models.accepts_forced_tool_choice is 'Whether tool_choice any and tool are taken.';
comment on column agentpg.models.refuses_thinking is
  'The types of thinking that it is known not to take, such as enabled. A type that is not named here passes.';
comment on column agentpg.models.default_effort is 'The effort of a request that names none; null when unknown.';
comment on column agentpg.models.cache_minimum_tokens is 'A shorter prompt is never cached; null when unknown.';
comment on column agentpg.models.binds_thinking is
  'Whether its thinking blocks are valid after the very system prompt, tools and messages only that they were written after, and for it only.';
comment on column agentpg.models.updated_on is 'The day the row was checked against the documentation.';

create table agentpg.model_prices (
  model text not null,
  effective_on date not null,
  speed text not null default 'standard',
  above_prompt_tokens integer not null default 0,
  input_usd numeric not null,
  output_usd numeric not null,
  cache_write_5m_usd numeric not null,
  cache_write_1h_usd numeric not null,
  cache_read_usd numeric not null,
  batch_ratio numeric not null default 0.5,
  geo_ratios jsonb not null default '{"us": 1.1}',
  constraint model_prices_pk primary key (model, effective_on, speed, above_prompt_tokens),
  constraint model_prices_model_fk foreign key (model) references agentpg.models (id) on delete cascade,
  constraint model_prices_not_negative check (
    input_usd >= 0 and output_usd >= 0 and cache_write_5m_usd >= 0 and cache_write_1h_usd >= 0 and cache_read_usd >= 0
  ),
  constraint model_prices_tier_not_negative check (above_prompt_tokens >= 0),
  constraint model_prices_batch_ratio_sane check (batch_ratio > 0 and batch_ratio <= 1),
  constraint model_prices_speed_not_empty check (speed <> ''),
  constraint model_prices_geo_ratios_positive check (
    jsonb_typeof(geo_ratios) = 'object' and not jsonb_path_exists(geo_ratios, '$.* ? (!(@.type() == "number" && @ > 0))')
  )
);
comment on table agentpg.model_prices is
  'USD per million tokens from a day on; a row with above_prompt_tokens applies to whole requests with a longer prompt.';
comment on column agentpg.model_prices.speed is 'As the usage of the answer names it: standard or fast.';
comment on column agentpg.model_prices.batch_ratio is 'What a token costs in a batch, of what it costs elsewhere.';
comment on column agentpg.model_prices.geo_ratios is
  'What a token costs by inference_geo, of what it costs anywhere (global). A place that is not named has no price.';

create table agentpg.server_tool_prices (
  counter text not null,
  effective_on date not null,
  usd_per_thousand numeric not null,
  constraint server_tool_prices_pk primary key (counter, effective_on),
  constraint server_tool_prices_counter_not_empty check (counter <> ''),
  constraint server_tool_prices_not_negative check (usd_per_thousand >= 0)
);
comment on table agentpg.server_tool_prices is
  'USD per thousand uses of the API''s own tools from a day on, by the counter in server_tool_use of the usage.';

commit;
