begin;
select plan(18);

select is(agentpg.upsert_models('[
  {"id": "claude-x", "max_output_tokens": 10000, "accepts_sampling": true,
   "prices": [{"effective_on": "2026-01-01", "input_usd": 4, "output_usd": 8, "cache_read_usd": 0.4}]},
  {"id": "claude-sonnet-5", "display_name": "Renamed"}
]'), 2, 'how many');
select is((select row(m.accepts_sampling, m.lifecycle, m.max_output_tokens)::text from agentpg.models m where m.id = 'claude-x'), '(t,active,10000)');
select is((select row(p.cache_write_5m_usd, p.cache_write_1h_usd, p.batch_ratio)::text from agentpg.model_prices p where p.model = 'claude-x'),
  '(5.00,8,0.5)', 'cache writes default to 1.25 and 2 times the input');
select is((select m.display_name from agentpg.models m where m.id = 'claude-sonnet-5'), 'Renamed');
select is((select count(*)::integer from agentpg.model_prices p where p.model = 'claude-sonnet-5'), 1, 'prices that were not given stay');
select lives_ok($$ select agentpg.create_agent(name => 'a', model => 'claude-x', temperature => 0.5) $$, 'what a model takes is data');

create temporary table before as select everything() as all_rows;
select refused(format('select agentpg.upsert_models(%L)', m.models), 'AP100', m.hint)
from (values
  ('{}', ''), ('[3]', ''), ('[{"display_name": "no id"}]', ''), ('[{"id": ""}]', ''), ('[{"id": "y", "lifecycle": "beta"}]', ''),
  ('[{"id": "y", "prices": {}}]', ''),
  ('[{"id": "y", "prices": [{"effective_on": "2026-01-01", "input_usd": 1, "output_usd": 1}]}]', ''),
  ('[{"id": "y", "prices": [{"effective_on": "2026-01-01", "input_usd": -1, "output_usd": 1, "cache_read_usd": 0}]}]', ''),
  ('[{"id": "y"}, {"id": "y"}]', ''),
  ('[{"id": "good"}, {"id": "y", "prices": [{"effective_on": "someday", "input_usd": 1, "output_usd": 1, "cache_read_usd": 1}]}]', '')
) as m(models, hint);
select refused('select agentpg.upsert_models(null)', 'AP100', '');
select is(everything(), (select b.all_rows from before b), 'nothing was written');

select * from finish();
rollback;
