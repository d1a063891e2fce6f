begin;
select plan(25);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_batch_runs('a', 'b', 'c'), gather();
select end_batch(counts => '{"succeeded": 2, "errored": 1}');
select is(take(succeeded('a')), '(1,0,0)');
select is(ingested(1), false);
select is((select row(b.state, b.failures, b.lease_token, b.last_error)::text from agentpg.batches b), '(ended,1,,"1 of 3 results arrived")');
select throws_ok($$ select ingested(1) $$, 'AP210', null, 'the lease is over');
select is(poll(), null, 'not at once');
select advance('20 seconds');
select is(poll(), 'ingest');
select is(tell(message_batch('ended', counts => '{"succeeded": 2, "errored": 1}')), 'ingest');
select is((select b.failures from agentpg.batches b), 1, 'still in a row');
select is(take(succeeded('a'), succeeded('b')), '(2,0,0)');
select is(ingested(null), false);

-- All lines are read, and one request has none: it is tried again.
select advance('1 minute'), poll();
select is(ingested(3), true);
select is(batch_state(), 'ingested');
select is(state_of('c'), 'batch_pending');
select is((maintain() ->> 'settled_batch_results')::integer, 1);
select is((select row(r.state, r.attempt)::text from agentpg.get_run(run_id('c')) r), '(pending,1)');
select is((select f.error_type from agentpg.failed_attempts f), 'batch_result_missing');

-- Torn for ever: ten times.
select advance('1 minute'), given_instance(), gather();
select end_batch(provider_id => 'msgbatch_2', counts => '{"succeeded": 1}');
create temporary table tries as select n, null::boolean as over from generate_series(1, 11) n;
do $$
begin
  for i in 1..11 loop
    update tries set over = ingested(0) where n = i;
    perform advance('10 minutes'), agentpg_test.poll();
  end loop;
end
$$;
select is((select array_agg(t.over order by t.n) from tries t), '{f,f,f,f,f,f,f,f,f,f,t}');
select is(batch_state(), 'ingested');
select is((maintain() ->> 'settled_batch_results')::integer, 1);

-- The line of a run that left is waited for too: it was paid for.
select advance('1 hour'), given_instance(), given_batch_runs('d', 'e'), agentpg.cancel_run(run_id('c'));
select is(gather(), '{d,e}');
select send(provider_id => 'msgbatch_3');
select agentpg.cancel_run(run_id('d')), advance('10 minutes'), poll();
select tell(message_batch('ended', 'msgbatch_3', '{"succeeded": 2}'));
select take(succeeded('e'));
select is(ingested(1), false, 'the line of d is missing');
select advance('1 minute'), poll();
select is(take(succeeded('e'), succeeded('d')), '(2,0,0)');
select is(ingested(2), true);
select is((select r.input_tokens from agentpg.get_run(run_id('d')) r), 10::bigint);
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
