begin;
select plan(8);

create function pg_temp.request(config jsonb, options jsonb default '{}') returns jsonb language sql as $$
  select agentpg._request_of(config, options)
$$;
select is(
  pg_temp.request('{"request": {"metadata": {"user_id": "u", "team": "t"}}}', '{"user_id": "v"}'), '{"metadata": {"user_id": "v", "team": "t"}}',
  'options over config'
);
select is(
  pg_temp.request('{"effort": "high", "request": {"output_config": {"effort": "low", "task_budget": {"type": "tokens", "total": 9}}}}'),
  '{"output_config": {"effort": "high", "task_budget": {"type": "tokens", "total": 9}}}', 'a key of its own over request'
);
select is(
  pg_temp.request('{"effort": "high"}', '{"request": {"output_config": {"effort": "low"}}}'), '{"output_config": {"effort": "low"}}',
  'request among the options over any key of config'
);
select is(
  pg_temp.request('{"output_schema": {"type": "string"}}', '{"request": {"output_config": {"format": null}}}'), '{"output_config": {"format": null}}',
  'null takes away'
);
select is(
  pg_temp.request('{"thinking": {"type": "enabled", "budget_tokens": 2048}}', '{"request": {"thinking": {"type": "adaptive"}}}'),
  '{"thinking": {"type": "adaptive"}}', 'what has a type is replaced as a whole'
);
select is(
  pg_temp.request('{"request": {"next_year": {"a": {"b": 1, "c": [1, 2]}}}}', '{"request": {"next_year": {"a": {"c": [3]}, "d": null}}}'),
  '{"next_year": {"a": {"b": 1, "c": [3]}, "d": null}}', 'what nobody knows yet is merged like the rest'
);
select is(
  pg_temp.request('{"betas": ["a"], "request": {"betas": ["b", "a"]}}', '{"betas": ["c"], "request": {"betas": null}}') -> 'betas',
  '["b", "a", "c"]', 'betas of all places, each once'
);
select is(pg_temp.request('{"request": null}', '{}'), '{}', 'no request is none');

select * from finish();
rollback;
