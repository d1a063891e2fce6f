begin;
select plan(17);

create function pg_temp.cost(model text, usage jsonb, mode agentpg.run_mode default 'streaming', day timestamptz default '2026-11-22 12:00Z')
returns numeric language sql as $$ select agentpg._cost_usd(model, mode, usage, day) $$;
-- 1,000,000 tokens of each kind, so that the answer is the sum of the prices.
select is(pg_temp.cost('claude-sonnet-5', '{"input_tokens": 1000000}'), 2.0);
select is(pg_temp.cost('claude-sonnet-5', '{"output_tokens": 1000000}'), 10.0);
select is(pg_temp.cost('claude-sonnet-5', '{"cache_read_input_tokens": 1000000}'), 0.2);
select is(pg_temp.cost('claude-sonnet-5', '{"cache_creation_input_tokens": 1000000}'), 2.5, 'cache writes last 5 minutes unless it is said');
select is(pg_temp.cost('claude-sonnet-5', '{"cache_creation_input_tokens": 1000000, "cache_creation": {"ephemeral_5m_input_tokens": 600000, "ephemeral_1h_input_tokens": 400000}}'),
  3.1, '0.6 of 2.50 and 0.4 of 4.00');
select is(pg_temp.cost('claude-sonnet-4-5', '{"input_tokens": 12, "output_tokens": 345, "cache_read_input_tokens": 6789, "cache_creation_input_tokens": 1000}'),
  0.0109977, 'the sum of all: 0.000036 + 0.005175 + 0.0020367 + 0.00375');
select is(pg_temp.cost('claude-sonnet-5', '{"input_tokens": 1000000, "output_tokens": 1000000}', 'batch'), 6.0, 'a batch costs half');
select is(pg_temp.cost('claude-sonnet-5', '{"input_tokens": 1000000, "inference_geo": "us"}'), 2.2, 'the us surcharge');
select is(pg_temp.cost('claude-haiku-5-5', '{"input_tokens": 100000, "output_tokens": 1000000}'), 0.51, 'a prompt of 100,000 tokens is short');
select is(pg_temp.cost('claude-haiku-5-5', '{"input_tokens": 100001, "output_tokens": 1000000}'), 2.5500005, 'one more makes the whole request dear');
select is(pg_temp.cost('claude-haiku-5-5', '{"input_tokens": 1, "cache_read_input_tokens": 60000, "cache_creation_input_tokens": 40000}'),
  0.0280005, 'cached tokens count as prompt: 0.5 + 60,000 x 0.05 + 40,000 x 0.625 a million');
select is(pg_temp.cost('claude-sonnet-5-5', '{"cache_read_input_tokens": 1000000}', day => '2026-10-06 23:59Z'), 0.2, 'before the price changed');
select is(pg_temp.cost('claude-sonnet-5-5', '{"cache_read_input_tokens": 1000000}', day => '2026-10-07 00:00Z'), 0.1, 'and from that day on, by UTC');
select is(pg_temp.cost('claude-haiku-5-5', '{"input_tokens": 1}', day => '2026-10-06 12:00Z'), null, 'no price that day');
select is(pg_temp.cost('claude-of-2031', '{"input_tokens": 1}'), null, 'an unknown model is unpriced, not free');
select is(pg_temp.cost('claude-sonnet-5', null), 0.0, 'no usage costs nothing');
select is(pg_temp.cost('claude-sonnet-5', '{"input_tokens": -5, "output_tokens": "many"}'), 0.0, 'nonsense counts as nothing');

select * from finish();
rollback;
