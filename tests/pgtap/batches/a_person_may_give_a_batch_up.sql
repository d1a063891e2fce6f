begin;
select plan(28);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select throws_ok(format('select agentpg.abandon_batch(%L)', agentpg._uuid_v7()), 'AP009');
select throws_ok('select agentpg.abandon_batch(null)', 'AP009');
select given_batch_runs('a', 'b'), gather();
select is(agentpg.abandon_batch(batch_id()), true, 'gathered');
select is((select row(b.state, b.closed_at is not null, b.lease_token)::text from agentpg.batches b), '(abandoned,t,)');
select throws_ok($$ select begin_sending() $$, 'AP210', null, 'its worker is told before it sends');
select is((select row(r.state, r.attempt, r.batch_id is not null)::text from agentpg.get_run(run_id('a')) r), '(pending,0,t)');
select is(agentpg.abandon_batch(batch_id()), false, 'over already');
select is(gather(), '{a,b}');
select begin_sending();
select throws_ok($$ select agentpg.abandon_batch(batch_id()) $$, 'AP200', null, 'it is being sent');
select batch_error('{}');
select is(agentpg.abandon_batch(batch_id()), true, 'unknown');
select is(gather(), '{a,b}');
select send();
select is(agentpg.abandon_batch(batch_id()), true, 'at the provider');
select is((select row(r.state, r.attempt)::text from agentpg.get_run(run_id('b')) r), '(pending,0)', 'no attempt counts by it');
select is((select count(m.withdrawn_at)::integer from agentpg.batch_members m where m.batch_id = batch_id()), 2);
select is(gather('next'), '{a,b}');
select send('next', 'msgbatch_2');
select advance('10 minutes'), poll('next');
select is(tell(message_batch('in_progress', 'msgbatch_2'), 'next'), 'wait');
select is(state_of('a'), 'batch_processing');
select is(agentpg.abandon_batch(batch_id('next')), true);
select is(state_of('a'), 'pending');

-- A result that has been read and kept is not paid for again.
select is(gather(), '{a,b}');
select is(end_batch(provider_id => 'msgbatch_3'), 'ingest');
update agentpg.batch_members m set result = succeeded('a') -> 'result' where m.batch_id = batch_id() and m.run_id = run_id('a');
select is(agentpg.abandon_batch(batch_id()), true);
select is((select array_agg(state_of(n)::text) from unnest('{a,b}'::text[]) n), '{batch_pending,pending}');
select maintain();
select is(state_of('a'), 'completed');
select is_empty('select * from agentpg.invariant_violations');
select throws_ok($$ select take(succeeded('b')) $$, 'AP210');
select is((select r.attempt from agentpg.get_run(run_id('a')) r), 1);
select throws_ok($$ select agentpg.claim_batch(agentpg._uuid_v7()) $$, 'AP007');

select * from finish();
rollback;
