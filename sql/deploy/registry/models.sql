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
  binds_thinking boolean not null default false,
  lifecycle text not null default 'active',
  retires_on date,
  updated_on date not null,
  constraint models_pk primary key (id),
  constraint models_id_not_empty check (id <> ''),
  constraint models_windows_positive check (max_input_tokens > 0 and max_output_tokens > 0),
  constraint models_lifecycle_known check (lifecycle in ('active', 'deprecated', 'retired'))
);
comment on table agentpg.models is
  'What is known of each model: limits and abilities, as data. Models that are not listed are allowed; what is unknown is not checked.';
comment on column agentpg.models.accepts_sampling is
  'Whether temperature, top_p and top_k are taken under the current API version.';
comment on column agentpg.models.accepts_forced_tool_choice is 'Whether tool_choice any and tool are taken.';
comment on column agentpg.models.binds_thinking is
  'Whether its thinking blocks are valid after the very system prompt, tools and messages only that they were written after, and for it only.';
comment on column agentpg.models.updated_on is 'The day the row was checked against the documentation.';

create table agentpg.model_prices (
  model text not null,
  effective_on date not null,
  above_prompt_tokens integer not null default 0,
  input_usd numeric not null,
  output_usd numeric not null,
  cache_write_5m_usd numeric not null,
  cache_write_1h_usd numeric not null,
  cache_read_usd numeric not null,
  batch_ratio numeric not null default 0.5,
  constraint model_prices_pk primary key (model, effective_on, above_prompt_tokens),
  constraint model_prices_model_fk foreign key (model) references agentpg.models (id) on delete cascade,
  constraint model_prices_not_negative check (
    input_usd >= 0 and output_usd >= 0 and cache_write_5m_usd >= 0 and cache_write_1h_usd >= 0 and cache_read_usd >= 0
  ),
  constraint model_prices_tier_not_negative check (above_prompt_tokens >= 0),
  constraint model_prices_batch_ratio_sane check (batch_ratio > 0 and batch_ratio <= 1)
);
comment on table agentpg.model_prices is
  'USD per million tokens from a day on; a row with above_prompt_tokens applies to whole requests with a longer prompt.';

commit;
