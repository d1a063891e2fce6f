begin;
select plan(7);

select given_instance('{zebra,apple}');
select remember('agent', n, (agentpg.create_agent(name => n, model => 'claude-sonnet-5-5', tools => '{zebra,apple}', system_prompt => 'You are Ann.')).id)
from unnest('{one,two}'::text[]) n;
select given_run('a', agent => 'one', session => 'a');
select given_run('b', agent => 'two', session => 'b');
select given_run('c', agent => 'one', session => 'c', options => '{"max_iterations": 3, "deadline": "2100-01-01T00:00:00Z", "variables": {"user_id": 7}}');
select claim_one(), claim_one(), claim_one();
-- The text of a request up to its messages is what the cache compares.
create function pg_temp.before_messages(run text) returns text language sql as $$ select (request_of(run) - 'messages')::text $$;
select is(pg_temp.before_messages('b'), pg_temp.before_messages('a'), 'two agents of one definition');
select is(pg_temp.before_messages('c'), pg_temp.before_messages('a'), 'variables and limits are not in it');
select is((select count(distinct r.prefix_id)::integer from agentpg.runs r), 1, 'all share one row');
select is(
  array(select t ->> 'name' from jsonb_array_elements(request_of('a') -> 'tools') t), '{zebra,apple}'::text[], 'tools in the order of the agent'
);
select answer(reply_tool_use('toolu_1', 'zebra'), 'a');
select finish_tool('toolu_1', '"Yes."', claim_next => true);
select is(pg_temp.before_messages('a'), pg_temp.before_messages('b'), 'the next model call of a run too');
select is(
  (select request_of('a') -> 'messages' -> 0), (select request_of('b') -> 'messages' -> 0), 'and what was said before stays as it is'
);
select agentpg.register_tools(null, (select jsonb_agg(t.definition) from agentpg.tools t));
select given_run('d', agent => 'two', session => 'd');
select claim_one();
select is(pg_temp.before_messages('d'), pg_temp.before_messages('a'), 'a worker that says the same of its tools changes nothing');

select * from finish();
rollback;
