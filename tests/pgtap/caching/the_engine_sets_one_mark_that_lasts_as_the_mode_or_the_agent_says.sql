begin;
select plan(17);

create function pg_temp.marked(body jsonb, caching jsonb default null) returns jsonb language sql as
$$ select agentpg._mark_prefix(body, caching) -> 'cache_control' $$;
create function pg_temp.tools(variadic ttls text[]) returns jsonb language sql as $$
  select jsonb_build_object('tools', jsonb_agg(jsonb_build_object('name', 't') || case t.ttl
    when '-' then '{}' when '' then '{"cache_control": {"type": "ephemeral"}}'
    else jsonb_build_object('cache_control', jsonb_build_object('type', 'ephemeral', 'ttl', t.ttl)) end))
  from unnest(ttls) as t(ttl)
$$;

select is(pg_temp.marked('{}'), '{"type": "ephemeral"}', 'by the mode');
select is(pg_temp.marked('{}', 'true'), '{"type": "ephemeral"}');
select is(pg_temp.marked('{}', 'false'), null);
select is(pg_temp.marked('{}', '"5m"'), '{"type": "ephemeral", "ttl": "5m"}', 'five minutes even in a batch');
select is(pg_temp.marked('{}', '"1h"'), '{"type": "ephemeral", "ttl": "1h"}');
select is(pg_temp.marked('{"cache_control": {"type": "ephemeral", "ttl": "1h"}}', '"5m"'), '{"type": "ephemeral", "ttl": "1h"}', 'a mark in the request stands');
select is(pg_temp.marked(pg_temp.tools('-', '1h', '1h', '1h')), '{"type": "ephemeral"}', 'three of others leave room for it');
select is(pg_temp.marked(pg_temp.tools('', '', '', '')), null, 'four leave none');
select is(pg_temp.marked(pg_temp.tools('', '-')), '{"type": "ephemeral", "ttl": "5m"}', 'behind five minutes it never lasts an hour');
select is(pg_temp.marked(pg_temp.tools('5m'), '"1h"'), '{"type": "ephemeral", "ttl": "5m"}');
select is(pg_temp.marked(pg_temp.tools('1h'), '"1h"'), '{"type": "ephemeral", "ttl": "1h"}');
select throws_ok($$ select pg_temp.marked(pg_temp.tools('', '', '', '', '')) $$, 'AP111', 'the request has 5 cache_control marks before its messages; the API takes 4');
select throws_ok($$ select pg_temp.marked(pg_temp.tools('', '', '', '') || '{"cache_control": {"type": "ephemeral"}}') $$, 'AP111',
  'the request has 5 cache_control marks before its messages; the API takes 4', 'the automatic one of a user counts');
select throws_ok($$ select pg_temp.marked(pg_temp.tools('5m', '1h')) $$, 'AP111', 'a cache_control mark with ttl 1h comes after one with ttl 5m, which the API refuses');
select throws_ok($$ select pg_temp.marked(pg_temp.tools('') || '{"cache_control": {"type": "ephemeral", "ttl": "1h"}}') $$, 'AP111',
  'a cache_control mark with ttl 1h comes after one with ttl 5m, which the API refuses');
select is(pg_temp.marked('{"system": [{"type": "text", "cache_control": {"type": "ephemeral"}}]}', '"1h"'), '{"type": "ephemeral", "ttl": "5m"}', 'blocks of the system prompt count too');

-- At the door of an agent.
select agentpg.register_tools(null, (
  select jsonb_agg(jsonb_build_object('name', 'tool_' || n, 'description', 'x', 'input_schema', '{"type": "object"}'::jsonb, 'cache_control', '{"type": "ephemeral"}'::jsonb))
  from generate_series(1, 5) n));
select throws_ok($$ select agentpg.create_agent(name => 'a', model => 'claude-sonnet-5', tools => '{tool_1,tool_2,tool_3,tool_4,tool_5}') $$,
  'AP111', 'the request has 5 cache_control marks before its messages; the API takes 4');

select * from finish();
rollback;
