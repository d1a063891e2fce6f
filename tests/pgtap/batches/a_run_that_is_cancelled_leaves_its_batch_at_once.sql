begin;
select plan(25);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select freeze('2026-11-22 12:00Z');
select given_instance();
select given_batch_runs('a', 'b', 'c');
select given_run('behind', session => 'session of a', mode => 'batch');
select is(gather(), '{a,b,c}');
select send();
select is(agentpg.cancel_run(run_id('a'), 'changed my mind'), true);
select is((select row(m.withdrawn_at, m.settled_at)::text from agentpg.batch_members m where m.run_id = run_id('a')), row(agentpg.now(), null)::text);
select is((select r.blocked from agentpg.runs r where r.id = run_id('behind')), false, 'the next of its session need not wait for the provider');
select is((select count(*)::integer from agentpg.claim_batch_cancellations(instance_id(), 10)), 0, 'others are still in it');
select advance('10 minutes'), poll();
select is(tell(message_batch()), 'wait');
select is((select array_agg(state_of(n)::text) from unnest('{a,b,c}'::text[]) n), '{cancelled,batch_processing,batch_processing}');
select advance('10 minutes'), poll(), tell(message_batch('ended', counts => '{"succeeded": 3}'));
select is((select row(r.input_tokens, r.cost_usd)::text from agentpg.get_run(run_id('a')) r), '(0,0)');
select is(take(succeeded('a'), succeeded('b'), succeeded('c')), '(3,0,0)');
select is((select row(r.state, r.input_tokens, r.output_tokens, r.response_text)::text from agentpg.get_run(run_id('a')) r), '(cancelled,10,5,)', 'its late result only adds its usage');
select is((select row(t.run_mode, t.batch_id, t.stop_reason, t.cost_usd)::text from agentpg.iterations t where t.run_id = run_id('a')),
  (select row('batch', batch_id(), null, t.cost_usd)::text from agentpg.iterations t where t.run_id = run_id('b')), 'at the price of a batch');
select is((select row(f.kind, f.error_type, f.details #>> '{usage,input_tokens}')::text from agentpg.failed_attempts f where f.run_id = run_id('a')), '(abandoned,late_result,10)');
select is(take(succeeded('a')), '(1,0,0)');
select is((select count(*)::integer from agentpg.iterations t where t.run_id = run_id('a')), 1, 'counted once');
select is((select count(*)::integer from agentpg.messages m where m.session_id = session_id('session of a')), 2, 'two prompts, no answer');
select is(ingested(3), true);
select is((select row(p.withdrawn, p.succeeded, p.settled)::text from agentpg.batch_progress p), '(1,3,3)');

-- A late result of another kind costs nothing; one whose usage nobody can read neither.
select given_batch_runs('x', 'y'), gather();
select send(provider_id => 'msgbatch_2');
select agentpg.cancel_run(run_id(n)) from unnest('{x,y,behind}'::text[]) n;
select advance('10 minutes'), poll(), tell(message_batch('ended', 'msgbatch_2', '{"succeeded": 1, "errored": 1}'));
select is(take(errored('x', 'api_error'), succeeded('y', '{}')), '(2,0,0)');
select is((select row(r.input_tokens, r.cost_usd)::text from agentpg.get_run(run_id('x')) r), '(0,0)');
select is((select r.input_tokens from agentpg.get_run(run_id('y')) r), 0::bigint);
select is((select r.state from agentpg.get_run(run_id('x')) r), 'cancelled');
select is((select r.error_type from agentpg.get_run(run_id('a')) r), 'cancelled');
select is((select r.error_message from agentpg.get_run(run_id('a')) r), 'changed my mind');
select is_empty('select * from agentpg.invariant_violations');
select is(ingested(2), true);

select * from finish();
rollback;
