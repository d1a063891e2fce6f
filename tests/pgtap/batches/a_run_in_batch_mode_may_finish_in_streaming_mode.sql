begin;
select plan(33);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');

-- After some turns.
select given_run('turns', session => 'turns', mode => 'batch', options => '{"stream_after_turns": 1}');
select is(claim_one(), null, 'its first turn is in a batch');
select gather();
select is((select r.current_mode from agentpg.get_run(run_id('turns')) r), 'batch');
select end_batch(), take(succeeded('turns', reply_tool_use('toolu_1', 'lookup')));
select ingested(1), claim_tool();
select is(finish_tool('toolu_1'), null);
select is((select row(r.run_mode, r.current_mode, r.state)::text from agentpg.get_run(run_id('turns')) r), '(batch,streaming,pending)');
select is(gather('none'), null);
select is(claim_one(), 'turns', 'its second is streamed');
select answer(reply_tool_use('toolu_2', 'lookup'), 'turns');
select is(finish_tool('toolu_2', claim_next => true), 'turns', 'and so on');
select answer(reply_text('Done.'), 'turns');
select is((select string_agg(t.run_mode::text, ' ' order by t.number) from agentpg.iterations t), 'batch streaming streaming');
select is((select r.cost_usd = b.cost_usd + 4 * b.cost_usd from agentpg.get_run(run_id('turns')) r, agentpg.iterations b where b.number = 1), true, 'half the price while it was in a batch');
select is((select r.streaming_extra_usd = 2 * b.cost_usd from agentpg.get_run(run_id('turns')) r, agentpg.iterations b where b.number = 1), true, 'the extra cost is visible');

-- From a moment on, while it waits.
select given_run('moment', session => 'moment', mode => 'batch', options => jsonb_build_object('stream_from', agentpg.now() + interval '1 hour'));
select agentpg.configure('{"batch_max_wait": "2 hours"}');
select advance('59 minutes');
select is((maintain() ->> 'streamed_runs')::integer, 0);
select advance('2 minutes');
select is((maintain() ->> 'streamed_runs')::integer, 1);
select is((maintain() ->> 'streamed_runs')::integer, 0, 'once');
select given_instance('{lookup}');
select is(claim_one(), 'moment');
select answer(reply_tool_use('toolu_3', 'lookup'), 'moment');
select is(finish_tool('toolu_3'), null);
select is((select r.current_mode from agentpg.get_run(run_id('moment')) r), 'streaming', 'it never goes back');
select agentpg.cancel_run(run_id('moment'));

-- While a batch holds it, it stays: that is paid for. A retry and the next turn are streamed.
select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_run(n, session => n, mode => 'batch', options => jsonb_build_object('stream_from', agentpg.now() + interval '5 minutes')) from unnest('{held,retried}'::text[]) n;
select gather();
select end_batch(provider_id => 'msgbatch_2');
select is((maintain() ->> 'streamed_runs')::integer, 0);
select is(take(succeeded('held', reply_text('And', 'pause_turn')), result_line('retried', '{"type": "expired"}')), '(2,0,0)');
select is((select r.current_mode from agentpg.get_run(run_id('held')) r), 'streaming');
select is((maintain() ->> 'streamed_runs')::integer, 2);
select advance('1 minute'), given_instance();
select set_eq($$ select name_of_run(c.run_id) from agentpg.claim_runs(instance_id(), max_count => 10) c $$, '{held,retried}'::text[]);
select is((select r.stream_at from agentpg.runs r where r.id = run_id('retried')), null);
select is((select r.attempt from agentpg.get_run(run_id('retried')) r), 2);

-- A run behind another, and one of a model that nobody streamed before.
select given_run('first', session => 'queue', mode => 'batch'), given_run('second', session => 'queue', mode => 'batch', options => jsonb_build_object('model', 'claude-opus-4-5', 'stream_from', agentpg.now()));
select is((maintain() ->> 'streamed_runs')::integer, 1);
select is((select row(r.current_mode, r.blocked)::text from agentpg.get_run(run_id('second')) r), '(streaming,t)');

-- What the options must be.
create function pg_temp.try(options jsonb, mode agentpg.run_mode default 'batch') returns void language plpgsql as
$$ begin perform given_run('bad', session => 'bad', mode => mode, options => options); end $$;
select throws_ok(format('select pg_temp.try(%L)', o), 'AP108') from unnest(array['{"stream_after_turns": 0}', '{"stream_after_turns": 1.5}', '{"stream_after_turns": "2"}']) o;
select throws_ok(format('select pg_temp.try(%L)', o), 'AP111') from unnest(array['{"stream_from": "soon"}', '{"stream_from": "infinity"}']) o;
select throws_ok($$ select pg_temp.try('{"stream_after_turns": 1}', 'streaming') $$, 'AP111');
select throws_ok($$ select pg_temp.try('{"stream_from": "2027-01-01T00:00:00Z"}', 'streaming') $$, 'AP111');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
