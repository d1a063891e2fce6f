begin;
select plan(26);

select given_agent();
create function pg_temp.try(request jsonb, agent text default 'assistant') returns void language plpgsql as
$$ begin perform given_run('bad', session => 'bad', mode => 'batch', agent => agent, options => case when request is null then '{}' else jsonb_build_object('request', request) end); end $$;
select throws_ok(format('select pg_temp.try(%L)', jsonb_build_object(k, true)), 'AP111', format('a request in a batch may not carry %s', k))
from unnest('{speed,thread,threads,store,previous_thread_event_id,cache_hint,context_hint,fallbacks}'::text[]) k;
select is(ids_in_error(format('select pg_temp.try(%L)', jsonb_build_object(k, true))), jsonb_build_object('option', k))
from unnest('{speed,thread,threads,store,previous_thread_event_id,cache_hint,context_hint,fallbacks}'::text[]) k;
select throws_ok($$ select pg_temp.try('{"stream": true}') $$, 'AP111');
select throws_ok($$ select pg_temp.try('{"max_tokens": 0}') $$);
select is(ids_in_error($$ select pg_temp.try('{"speed": "fast", "store": true}') $$), '{"option": "speed, store"}', 'all that are at fault');
select throws_ok($$ select pg_temp.try('{"billing_policy": {"bill_to": "user_profile"}}') $$, 'AP111');
select is(ids_in_error($$ select pg_temp.try('{"billing_policy": {"bill_to": "user_profile"}}') $$), '{"option": "billing_policy"}');
select lives_ok($$ select pg_temp.try('{"billing_policy": {"bill_to": "organization"}}') $$);

-- In the agent's own request too, whether or not the run has options.
select given_agent('fast');
select agentpg.update_agent(agent_id('fast'), '{"config": {"request": {"speed": "fast"}}}');
select throws_ok($$ select pg_temp.try(null, 'fast') $$, 'AP111');
select throws_ok($$ select pg_temp.try('{"service_tier": "auto"}', 'fast') $$, 'AP111');
select is((select count(*)::integer from agentpg.runs r), 1, 'what is refused writes nothing');
select lives_ok($$ select given_run('streamed', session => 'streamed', agent => 'fast') $$, 'all that is fine in streaming mode');

select * from finish();
rollback;
