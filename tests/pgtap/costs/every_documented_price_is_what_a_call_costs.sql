begin;
select plan(157);

create function pg_temp.cost(model text, usage jsonb, mode agentpg.run_mode default 'streaming')
returns numeric language sql as $$ select agentpg._cost_usd(model, mode, usage, '2026-11-22 12:00Z') $$;

-- The provider's list: USD for a million tokens, short prompts. Batch prices are listed there, not derived here.
create temporary table listed (model text, input numeric, output numeric, write_5m numeric, write_1h numeric, read numeric, batch_input numeric, batch_output numeric);
insert into listed values
  ('claude-fable-5-2', 8, 40, 10, 16, 0.20, 4, 20),
  ('claude-mythos-5-2', 8, 40, 10, 16, 0.20, 4, 20),
  ('claude-fable-5-1', 10, 50, 12.50, 20, 0.25, 5, 25),
  ('claude-mythos-5-1', 10, 50, 12.50, 20, 0.25, 5, 25),
  ('claude-fable-5', 10, 50, 12.50, 20, 1, 5, 25),
  ('claude-mythos-5', 10, 50, 12.50, 20, 1, 5, 25),
  ('claude-opus-5-5', 4, 20, 5, 8, 0.20, 2, 10),
  ('claude-opus-5', 5, 25, 6.25, 10, 0.50, 2.5, 12.5),
  ('claude-opus-4-8', 5, 25, 6.25, 10, 0.50, 2.5, 12.5),
  ('claude-opus-4-7', 5, 25, 6.25, 10, 0.50, 2.5, 12.5),
  ('claude-opus-4-6', 5, 25, 6.25, 10, 0.50, 2.5, 12.5),
  ('claude-opus-4-5', 5, 25, 6.25, 10, 0.50, 2.5, 12.5),
  ('claude-opus-4-5-20251101', 5, 25, 6.25, 10, 0.50, 2.5, 12.5),
  ('claude-sonnet-5-5', 2, 10, 2.50, 4, 0.10, 1, 5),
  ('claude-sonnet-5', 2, 10, 2.50, 4, 0.20, 1, 5),
  ('claude-sonnet-4-6', 3, 15, 3.75, 6, 0.30, 1.5, 7.5),
  ('claude-sonnet-4-5', 3, 15, 3.75, 6, 0.30, 1.5, 7.5),
  ('claude-sonnet-4-5-20250929', 3, 15, 3.75, 6, 0.30, 1.5, 7.5),
  ('claude-haiku-4-5', 1, 5, 1.25, 2, 0.10, 0.5, 2.5),
  ('claude-haiku-4-5-20251001', 1, 5, 1.25, 2, 0.10, 0.5, 2.5);

select is(pg_temp.cost(l.model, u.usage::jsonb, u.mode::agentpg.run_mode), u.listed, format('%s: %s', l.model, u.what))
from listed l
cross join lateral (values
  ('input', 'streaming', '{"input_tokens": 1000000}', l.input),
  ('output', 'streaming', '{"output_tokens": 1000000}', l.output),
  ('written for 5 minutes', 'streaming', '{"cache_creation_input_tokens": 1000000, "cache_creation": {"ephemeral_5m_input_tokens": 1000000, "ephemeral_1h_input_tokens": 0}}', l.write_5m),
  ('written for an hour', 'streaming', '{"cache_creation_input_tokens": 1000000, "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 1000000}}', l.write_1h),
  ('read', 'streaming', '{"cache_read_input_tokens": 1000000}', l.read),
  ('input in a batch', 'batch', '{"input_tokens": 1000000}', l.batch_input),
  ('output in a batch', 'batch', '{"output_tokens": 1000000}', l.batch_output)
) as u(what, mode, usage, listed)
order by l.model, u.what;

-- Haiku 5.5 by the length of the prompt; a million prompt tokens would be a long one.
select is(pg_temp.cost('claude-haiku-5-5', u.usage::jsonb, u.mode::agentpg.run_mode), u.listed, format('claude-haiku-5-5: %s', u.what))
from (values
  ('100,000 in: short', 'streaming', '{"input_tokens": 100000}', 0.01),
  ('100,001 in: long', 'streaming', '{"input_tokens": 100001}', 0.0500005),
  ('a million out after a short prompt', 'streaming', '{"input_tokens": 0, "output_tokens": 1000000}', 0.5),
  ('a million out after a long one', 'streaming', '{"input_tokens": 200000, "output_tokens": 1000000}', 2.6),
  ('short, written for 5 minutes', 'streaming', '{"cache_creation_input_tokens": 100000}', 0.0125),
  ('short, written for an hour', 'streaming', '{"cache_creation_input_tokens": 100000, "cache_creation": {"ephemeral_1h_input_tokens": 100000}}', 0.02),
  ('short, read', 'streaming', '{"cache_read_input_tokens": 100000}', 0.001),
  ('long, written for 5 minutes', 'streaming', '{"cache_creation_input_tokens": 1000000}', 0.625),
  ('long, written for an hour', 'streaming', '{"cache_creation_input_tokens": 1000000, "cache_creation": {"ephemeral_1h_input_tokens": 1000000}}', 1.0),
  ('long, read', 'streaming', '{"cache_read_input_tokens": 1000000}', 0.05),
  ('short, batch', 'batch', '{"input_tokens": 100000, "output_tokens": 1000000}', 0.255),
  ('long, batch', 'batch', '{"input_tokens": 1000000, "output_tokens": 1000000}', 1.5),
  ('a prompt of 60,001 read, 30,000 written and 10,000 more is long', 'streaming',
    '{"input_tokens": 10000, "cache_read_input_tokens": 60001, "cache_creation_input_tokens": 30000}', 0.02675005),
  ('and with one token less short', 'streaming',
    '{"input_tokens": 10000, "cache_read_input_tokens": 60000, "cache_creation_input_tokens": 30000}', 0.00535)
) as u(what, mode, usage, listed);

select is(
  (select string_agg(m.id, ', ' order by m.id) from agentpg.models m where m.id not in (select l.model from listed l)), 'claude-haiku-5-5',
  'no model is left out above'
);
select is((select count(*)::integer from agentpg.models m where not exists (select from agentpg.model_prices p where p.model = m.id)), 0, 'each has a price');
select is(
  (select string_agg(p.model, ', ' order by p.model) from agentpg.model_prices p where p.speed = 'fast'),
  'claude-opus-4-8, claude-opus-5, claude-opus-5-5', 'those that are sold fast'
);

select * from finish();
rollback;
