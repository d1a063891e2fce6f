begin;
select plan(31);

create function pg_temp.cost(model text, usage jsonb, mode agentpg.run_mode default 'streaming', day timestamptz default '2026-11-22 12:00Z')
returns numeric language sql as $$ select agentpg._cost_usd(model, mode, usage, day) $$;

-- The example of the provider's page on caching: 21 uncached, 188,086 written, 393 out; then all of it read.
select is(pg_temp.cost('claude-sonnet-4-5', '{"input_tokens": 21, "cache_creation_input_tokens": 188086, "cache_read_input_tokens": 0, "output_tokens": 393}'),
  0.7112805, '0.000063 + 0.7053225 + 0.005895');
select is(pg_temp.cost('claude-sonnet-4-5', '{"input_tokens": 21, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 188086, "output_tokens": 393}'),
  0.0623838, '0.000063 + 0.0564258 + 0.005895');
select is(pg_temp.cost('claude-opus-5-5', '{"input_tokens": 2048, "cache_read_input_tokens": 1800, "cache_creation_input_tokens": 248, "output_tokens": 503,
  "cache_creation": {"ephemeral_5m_input_tokens": 148, "ephemeral_1h_input_tokens": 100}}'),
  0.020152, 'both ages in one call: 0.008192 + 0.00036 + 0.00074 + 0.0008 + 0.01006');

select is(pg_temp.cost('claude-opus-5-5', '{"input_tokens": 1000000, "output_tokens": 1000000, "inference_geo": "us"}'), 26.4, 'us: 1.1 times 24');
select is(pg_temp.cost('claude-opus-5-5', '{"input_tokens": 1000000, "output_tokens": 1000000, "inference_geo": "us"}', 'batch'), 13.2, 'and half of that in a batch');
select is(pg_temp.cost('claude-opus-5-5', format('{"input_tokens": 1000000, "inference_geo": "%s"}', g.geo)::jsonb), 4.0, g.geo)
from (values ('global'), ('not_available')) as g(geo);
select is(pg_temp.cost('claude-opus-5-5', '{"input_tokens": 1000000, "inference_geo": "eu"}'), null, 'a place without a price');
select is(pg_temp.cost('claude-haiku-4-5', '{"input_tokens": 1000000, "inference_geo": "us"}'), null, 'the surcharge of older models is not documented');

select is(pg_temp.cost('claude-opus-5', '{"input_tokens": 1000000, "output_tokens": 1000000, "speed": "fast"}'), 60.0, 'fast: 10 and 50');
select is(pg_temp.cost('claude-opus-4-8', '{"input_tokens": 1000000, "output_tokens": 1000000, "speed": "fast"}'), 60.0);
select is(pg_temp.cost('claude-opus-5-5', '{"input_tokens": 1000000, "output_tokens": 1000000, "speed": "fast"}'), 48.0, '8 and 40');
select is(pg_temp.cost('claude-opus-5', '{"cache_creation_input_tokens": 2000000, "cache_read_input_tokens": 1000000, "speed": "fast",
  "cache_creation": {"ephemeral_5m_input_tokens": 1000000, "ephemeral_1h_input_tokens": 1000000}}'), 33.5, 'cached: 12.50, 20 and 1');
select is(pg_temp.cost('claude-opus-5', '{"input_tokens": 1000000, "output_tokens": 1000000, "speed": "fast", "inference_geo": "us"}'), 66.0, 'both');
select is(pg_temp.cost('claude-opus-5', '{"input_tokens": 1000000, "speed": "standard"}'), 5.0);
select is(pg_temp.cost('claude-sonnet-5', '{"input_tokens": 1000000, "speed": "fast"}'), null, 'fast without a price');

select is(pg_temp.cost('claude-sonnet-5', '{"input_tokens": 1000000, "service_tier": "standard"}'), 2.0);
select is(pg_temp.cost('claude-sonnet-5', '{"input_tokens": 1000000, "service_tier": "batch"}', 'batch'), 1.0, 'half once');
select is(pg_temp.cost('claude-sonnet-5', '{"input_tokens": 1000000, "service_tier": "priority"}'), null, 'paid for beforehand, by another list');

select is(pg_temp.cost('claude-opus-5', '{"input_tokens": 105, "output_tokens": 6039, "cache_read_input_tokens": 7123, "cache_creation_input_tokens": 7345,
  "server_tool_use": {"web_search_requests": 1}}'), 0.21096775, 'a search is a cent: 0.000525 + 0.150975 + 0.0035615 + 0.04590625 + 0.01');
select is(pg_temp.cost('claude-opus-5', '{"output_tokens": 1000000, "server_tool_use": {"web_search_requests": 3}, "inference_geo": "us"}', 'batch'),
  13.78, 'neither cheaper in a batch nor dearer in the us: 25 x 0.5 x 1.1 + 0.03');
select is(pg_temp.cost('claude-opus-5', '{"server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 25}}'), 0.0, 'fetching is free');
select is(pg_temp.cost('claude-opus-5', '{"server_tool_use": {"teleport_requests": 0}}'), 0.0, 'what was not used costs nothing');
select is(pg_temp.cost('claude-opus-5', '{"server_tool_use": {"teleport_requests": 1}}'), null, 'a tool without a price');

-- The API's own compaction: the counts beside iterations leave out what it took.
select is(pg_temp.cost('claude-opus-4-6', '{"input_tokens": 23000, "output_tokens": 1000, "iterations": [
  {"type": "compaction", "input_tokens": 180000, "output_tokens": 3500}, {"type": "message", "input_tokens": 23000, "output_tokens": 1000}]}'),
  1.1275, '0.9 + 0.0875 + 0.115 + 0.025');
select is((
  select row(b.input_tokens, b.output_tokens, b.cache_creation_input_tokens, b.cache_creation_1h_input_tokens, b.cache_read_input_tokens, b.cost_usd)::text
  from agentpg._billed('claude-haiku-5-5', 'streaming', '{"input_tokens": 7, "output_tokens": 9, "iterations": [
    {"type": "compaction", "input_tokens": 150000, "output_tokens": 1000},
    {"type": "message", "input_tokens": 1000, "output_tokens": 500, "cache_read_input_tokens": 2000, "cache_creation_input_tokens": 300,
     "cache_creation": {"ephemeral_1h_input_tokens": 200}}]}', '2026-11-22 12:00Z') b
), '(151000,1500,300,200,2000,0.0779225)', 'each step has the price of its own length: 0.075 + 0.0025, and 0.0001 + 0.00025 + 0.00002 + 0.0000125 + 0.00004');
select is(pg_temp.cost('claude-sonnet-5', '{"iterations": [{"type": "message", "input_tokens": 1000000},
  {"type": "advisor_message", "model": "claude-opus-5", "input_tokens": 1000000, "output_tokens": 1000000}]}'), 32.0, 'an adviser by the price of its model: 2 + 5 + 25');
select is(pg_temp.cost('claude-opus-5', '{"speed": "fast", "iterations": [{"type": "message", "input_tokens": 1000000},
  {"type": "advisor_message", "model": "claude-sonnet-5", "input_tokens": 1000000}]}'), 12.0, 'the adviser is not the one that is fast: 10 + 2');
select is(pg_temp.cost('claude-fable-5-1', '{"iterations": [{"type": "message", "model": "claude-fable-5-1", "input_tokens": 1000, "output_tokens": 0},
  {"type": "fallback_message", "model": "claude-opus-5-5", "input_tokens": 1000, "output_tokens": 1000}]}'), 0.034, 'a model that took over: 0.01 + 0.004 + 0.02');
select is(pg_temp.cost('claude-sonnet-5', '{"iterations": [{"type": "message", "input_tokens": 1000000},
  {"type": "advisor_message", "model": "claude-of-2031", "input_tokens": 1}]}'), null, 'one step without a price');
select is(pg_temp.cost('claude-sonnet-5', '{"input_tokens": 1000000, "iterations": []}'), 2.0, 'no steps: the counts themselves');

select * from finish();
rollback;
