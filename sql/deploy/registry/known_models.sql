-- Deploy agentpg:registry/known_models to pg
-- requires: registry/models
begin;

-- Limits, abilities and prices as documented by the provider on the day in updated_on; what is not documented is left out.
-- accepts_sampling is false throughout: API version 2026-10-21 refuses sampling parameters.
-- Fast prices of cached tokens: the documented ratios to the input price, which multiply.
insert into agentpg.models
  (id, display_name, max_input_tokens, max_output_tokens, accepts_forced_tool_choice, refuses_thinking, binds_thinking, default_effort,
   cache_minimum_tokens, lifecycle, retires_on, updated_on)
values
  ('claude-fable-5-2', 'Claude Fable 5.2', 1000000, 128000, true, '{enabled,disabled}', true, 'high', null, 'active', null, '2026-11-22'),
  ('claude-mythos-5-2', 'Claude Mythos 5.2', 1000000, 128000, true, '{enabled,disabled}', true, 'high', null, 'active', null, '2026-11-22'),
  ('claude-fable-5-1', 'Claude Fable 5.1', 1000000, 128000, false, '{enabled,disabled}', true, 'high', null, 'active', null, '2026-11-22'),
  ('claude-mythos-5-1', 'Claude Mythos 5.1', 1000000, 128000, false, '{enabled,disabled}', true, 'high', null, 'active', null, '2026-11-22'),
  ('claude-fable-5', 'Claude Fable 5', 1000000, 128000, true, '{enabled,disabled}', false, 'high', 512, 'active', '2027-06-09', '2026-11-22'),
  ('claude-mythos-5', 'Claude Mythos 5', 1000000, 128000, true, '{enabled,disabled}', false, 'high', null, 'active', '2027-06-09', '2026-11-22'),
  ('claude-opus-5-5', 'Claude Opus 5.5', 1000000, 128000, false, '{enabled,disabled}', true, 'medium', null, 'active', null, '2026-11-22'),
  ('claude-opus-5', 'Claude Opus 5', 1000000, 128000, true, '{enabled}', false, 'high', 512, 'active', '2027-07-24', '2026-11-22'),
  ('claude-opus-4-8', 'Claude Opus 4.8', 1000000, 128000, true, '{enabled}', false, 'high', 4096, 'active', '2027-05-28', '2026-11-22'),
  ('claude-opus-4-7', 'Claude Opus 4.7', 1000000, 128000, true, '{enabled}', false, 'high', 4096, 'active', '2027-04-16', '2026-11-22'),
  ('claude-opus-4-6', 'Claude Opus 4.6', 1000000, 128000, true, '{}', false, 'high', 4096, 'active', '2027-02-05', '2026-11-22'),
  ('claude-opus-4-5', 'Claude Opus 4.5', 200000, 64000, true, '{adaptive}', false, null, 4096, 'active', '2026-11-24', '2026-11-22'),
  ('claude-opus-4-5-20251101', 'Claude Opus 4.5', 200000, 64000, true, '{adaptive}', false, null, 4096, 'active', '2026-11-24', '2026-11-22'),
  ('claude-sonnet-5-5', 'Claude Sonnet 5.5', 1000000, 128000, false, '{enabled}', true, 'high', null, 'active', null, '2026-11-22'),
  ('claude-sonnet-5', 'Claude Sonnet 5', 1000000, 128000, true, '{enabled}', false, 'high', 1024, 'active', '2027-06-30', '2026-11-22'),
  ('claude-sonnet-4-6', 'Claude Sonnet 4.6', 1000000, 128000, true, '{}', false, 'high', 2048, 'active', '2027-02-17', '2026-11-22'),
  ('claude-sonnet-4-5', 'Claude Sonnet 4.5', 200000, 64000, true, '{adaptive}', false, null, 1024, 'deprecated', '2026-11-30', '2026-11-22'),
  ('claude-sonnet-4-5-20250929', 'Claude Sonnet 4.5', 200000, 64000, true, '{adaptive}', false, null, 1024, 'deprecated', '2026-11-30', '2026-11-22'),
  ('claude-haiku-5-5', 'Claude Haiku 5.5', 1000000, 128000, true, '{enabled}', true, 'medium', null, 'active', null, '2026-11-22'),
  ('claude-haiku-4-5', 'Claude Haiku 4.5', 200000, 64000, true, '{adaptive}', false, null, 4096, 'active', null, '2026-11-22'),
  ('claude-haiku-4-5-20251001', 'Claude Haiku 4.5', 200000, 64000, true, '{adaptive}', false, null, 4096, 'active', null, '2026-11-22');

insert into agentpg.model_prices
  (model, effective_on, above_prompt_tokens, input_usd, output_usd, cache_write_5m_usd, cache_write_1h_usd, cache_read_usd)
values
  ('claude-fable-5-2', '2026-11-09', 0, 8, 40, 10, 16, 0.2),
  ('claude-mythos-5-2', '2026-11-09', 0, 8, 40, 10, 16, 0.2),
  ('claude-fable-5-1', '2026-01-01', 0, 10, 50, 12.5, 20, 0.25),
  ('claude-mythos-5-1', '2026-01-01', 0, 10, 50, 12.5, 20, 0.25),
  ('claude-fable-5', '2026-01-01', 0, 10, 50, 12.5, 20, 1),
  ('claude-mythos-5', '2026-01-01', 0, 10, 50, 12.5, 20, 1),
  ('claude-opus-5-5', '2026-01-01', 0, 4, 20, 5, 8, 0.2),
  ('claude-opus-5', '2026-01-01', 0, 5, 25, 6.25, 10, 0.5),
  ('claude-opus-4-8', '2026-01-01', 0, 5, 25, 6.25, 10, 0.5),
  ('claude-opus-4-7', '2026-01-01', 0, 5, 25, 6.25, 10, 0.5),
  ('claude-opus-4-6', '2026-01-01', 0, 5, 25, 6.25, 10, 0.5),
  ('claude-opus-4-5', '2025-11-01', 0, 5, 25, 6.25, 10, 0.5),
  ('claude-opus-4-5-20251101', '2025-11-01', 0, 5, 25, 6.25, 10, 0.5),
  ('claude-sonnet-5-5', '2026-01-01', 0, 2, 10, 2.5, 4, 0.2),
  ('claude-sonnet-5-5', '2026-10-07', 0, 2, 10, 2.5, 4, 0.1),
  ('claude-sonnet-5', '2026-01-01', 0, 2, 10, 2.5, 4, 0.2),
  ('claude-sonnet-4-6', '2026-01-01', 0, 3, 15, 3.75, 6, 0.3),
  ('claude-sonnet-4-5', '2025-09-29', 0, 3, 15, 3.75, 6, 0.3),
  ('claude-sonnet-4-5-20250929', '2025-09-29', 0, 3, 15, 3.75, 6, 0.3),
  ('claude-haiku-5-5', '2026-10-07', 0, 0.1, 0.5, 0.125, 0.2, 0.01),
  ('claude-haiku-5-5', '2026-10-07', 100000, 0.5, 2.5, 0.625, 1, 0.05),
  ('claude-haiku-4-5', '2025-10-01', 0, 1, 5, 1.25, 2, 0.1),
  ('claude-haiku-4-5-20251001', '2025-10-01', 0, 1, 5, 1.25, 2, 0.1);

insert into agentpg.model_prices
  (model, effective_on, speed, input_usd, output_usd, cache_write_5m_usd, cache_write_1h_usd, cache_read_usd)
values
  ('claude-opus-5-5', '2026-01-01', 'fast', 8, 40, 10, 16, 0.4),
  ('claude-opus-5', '2026-01-01', 'fast', 10, 50, 12.5, 20, 1),
  ('claude-opus-4-8', '2026-01-01', 'fast', 10, 50, 12.5, 20, 1);

-- The surcharge is documented for 4.6 and later.
update agentpg.model_prices
set geo_ratios = '{}'
where model like '%-4-5%';

insert into agentpg.server_tool_prices (counter, effective_on, usd_per_thousand)
values
  ('web_search_requests', '2026-01-01', 10),
  ('web_fetch_requests', '2026-01-01', 0)
on conflict do nothing;

commit;
