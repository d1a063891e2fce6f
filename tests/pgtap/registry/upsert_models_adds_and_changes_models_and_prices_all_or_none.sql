begin;
select plan(42);

select is(agentpg.upsert_models('[
  {"id": "claude-x", "max_output_tokens": 10000, "accepts_sampling": true,
   "prices": [{"effective_on": "2026-01-01", "input_usd": 4, "output_usd": 8, "cache_read_usd": 0.4}]},
  {"id": "claude-sonnet-5", "display_name": "Renamed"}
]'), 2, 'how many');
select is((select row(m.accepts_sampling, m.accepts_forced_tool_choice, m.refuses_thinking, m.lifecycle, m.max_output_tokens)::text from agentpg.models m where m.id = 'claude-x'),
  '(t,t,{},active,10000)');
select is((select row(p.speed, p.cache_write_5m_usd, p.cache_write_1h_usd, p.batch_ratio, p.geo_ratios)::text from agentpg.model_prices p where p.model = 'claude-x'),
  '(standard,5.00,8,0.5,"{""us"": 1.1}")', 'cache writes default to 1.25 and 2 times the input');
select is((select row(m.display_name, m.max_input_tokens, m.refuses_thinking, m.retires_on, m.updated_on)::text from agentpg.models m where m.id = 'claude-sonnet-5'),
  format('(Renamed,1000000,{enabled},2027-06-30,%s)', agentpg.now()::date), 'what was not given stays');
select is((select count(*)::integer from agentpg.model_prices p where p.model = 'claude-sonnet-5'), 1, 'prices too');
select lives_ok($$ select agentpg.create_agent(name => 'a', model => 'claude-x', temperature => 0.5) $$, 'what a model takes is data');
select is(agentpg.upsert_models('[{"id": "claude-x", "max_output_tokens": null, "retires_on": null}]'), 1);
select is((select row(m.max_output_tokens, m.accepts_sampling)::text from agentpg.models m where m.id = 'claude-x'), '(,t)', 'null: not known any more');

select is(agentpg.upsert_models('{"models": [{"id": "claude-x", "prices": [
  {"effective_on": "2026-01-01", "input_usd": 5, "output_usd": 8, "cache_read_usd": 0.4, "geo_ratios": {"us": 1.2}},
  {"effective_on": "2026-01-01", "speed": "fast", "input_usd": 9, "output_usd": 8, "cache_read_usd": 0.4},
  {"effective_on": "2026-01-01", "above_prompt_tokens": 1000, "input_usd": 7, "output_usd": 8, "cache_read_usd": 0.4}]}],
  "server_tools": [{"counter": "teleport_requests", "effective_on": "2026-01-01", "usd_per_thousand": 1000}]}'), 2);
select is(agentpg._cost_usd('claude-x', 'streaming', '{"input_tokens": 1000, "inference_geo": "us"}', '2026-02-01'), 0.006, 'a price is replaced');
select is(agentpg._cost_usd('claude-x', 'streaming', '{"input_tokens": 1000, "speed": "fast"}', '2026-02-01'), 0.009, 'each speed has its own');
select is(agentpg._cost_usd('claude-x', 'streaming', '{"input_tokens": 2000}', '2026-02-01'), 0.014, 'each length too');
select is(agentpg._cost_usd('claude-x', 'streaming', '{"server_tool_use": {"teleport_requests": 2}}', '2026-02-01'), 2.0, 'and a tool');
select is(agentpg.upsert_models('{"server_tools": [{"counter": "teleport_requests", "effective_on": "2026-01-01", "usd_per_thousand": 500}]}'), 1);
select is(agentpg._cost_usd('claude-x', 'streaming', '{"server_tool_use": {"teleport_requests": 2}}', '2026-02-01'), 1.0);

-- What is exported can be taken back.
create temporary table exported as select agentpg.export_models() as document;
select is(jsonb_array_length(e.document -> 'models'), (select count(*)::integer from agentpg.models)) from exported e;
select is(agentpg.export_models('claude-x') #>> '{models,0,prices,1,speed}', 'standard');
select is(agentpg.export_models('claude-of-2031'), '{"models": [], "server_tools": []}');
delete from agentpg.model_prices; delete from agentpg.models; delete from agentpg.server_tool_prices;
select ok(agentpg.upsert_models(e.document) > 20) from exported e;
select is(agentpg.export_models(), e.document, 'the same comes back') from exported e;

create temporary table before as select everything() as all_rows;
select throws_ok(format('select agentpg.upsert_models(%L)', m.models), 'AP100', m.message)
from (values
  ('3', 'models must be an array of models, or an object of models and server_tools'),
  ('{"model": []}', 'models must be an array of models, or an object of models and server_tools'),
  ('{"models": {}}', 'models must be an array'),
  ('[3]', 'models[0] must be an object'),
  ('[{"display_name": "no id"}]', 'models[0] has no id'),
  ('[{"id": ""}]', 'models[0].id is ""; it must be a text that is not empty'),
  ('[{"id": "x"}, {"id": "y", "lifecycle": "beta"}]', 'models[1].lifecycle is "beta"; it must be active, deprecated or retired'),
  ('[{"id": "y", "max_tokens": 3}]', 'models[0] has unknown keys: max_tokens'),
  ('[{"id": "y", "max_output_tokens": 1.5}]', 'models[0].max_output_tokens is 1.5; it must be a whole number of at least 1'),
  ('[{"id": "y", "accepts_sampling": null}]', 'models[0].accepts_sampling is null; it must be true or false'),
  ('[{"id": "y", "refuses_thinking": "enabled"}]', 'models[0].refuses_thinking is "enabled"; it must be an array of texts'),
  ('[{"id": "y", "prices": {}}]', 'models[0].prices is {}; it must be an array'),
  ('[{"id": "y", "prices": [{"effective_on": "2026-01-01", "input_usd": 1, "output_usd": 1}]}]', 'models[0].prices[0] has no cache_read_usd'),
  ('[{"id": "y", "prices": [{"effective_on": "2026-01-01", "input_usd": -1, "output_usd": 1, "cache_read_usd": 0}]}]',
    'models[0].prices[0].input_usd is -1; it must be a number of at least 0'),
  ('[{"id": "y", "prices": [{"effective_on": "2026-02-30", "input_usd": 1, "output_usd": 1, "cache_read_usd": 0}]}]',
    'models[0].prices[0].effective_on is "2026-02-30"; it must be a day such as "2026-10-07"'),
  ('[{"id": "y", "prices": [{"effective_on": "2026-02-03", "input_usd": 1, "output_usd": 1, "cache_read_usd": 0, "batch_ratio": 2}]}]',
    'models[0].prices[0].batch_ratio is 2; it must be a number above 0 and at most 1'),
  ('[{"id": "y", "prices": [{"effective_on": "2026-02-03", "input_usd": 1, "output_usd": 1, "cache_read_usd": 0, "geo_ratios": {"us": 0}}]}]',
    'models[0].prices[0].geo_ratios is {"us": 0}; it must be an object of numbers above 0, for example {"us": 1.1}'),
  ('[{"id": "y"}, {"id": "z"}, {"id": "y"}]', 'model y is in it twice: models[0], models[2]'),
  ('{"server_tools": [{"counter": "x", "effective_on": "2026-01-01", "usd_per_thousand": "ten"}]}',
    'server_tools[0].usd_per_thousand is "ten"; it must be a number of at least 0')
) as m(models, message);
select throws_ok('select agentpg.upsert_models(null)', 'AP100', 'models must be an array of models, or an object of models and server_tools');
select is(everything(), (select b.all_rows from before b), 'nothing was written');
select throws_like(
  $$ select agentpg.upsert_models('[{"id": "y", "prices": [{"effective_on": "2026-01-01", "input_usd": 1, "output_usd": 1, "cache_read_usd": 1},
    {"effective_on": "2026-01-01", "input_usd": 2, "output_usd": 1, "cache_read_usd": 1}]}]') $$,
  'the price of y from 2026-01-01 standard above 0 on is in it twice: %', 'nor may a price be'
);

select * from finish();
rollback;
