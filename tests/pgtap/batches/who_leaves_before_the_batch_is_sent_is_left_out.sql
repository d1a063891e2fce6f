begin;
select plan(13);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_batch_runs('a', 'b', 'c');
select gather();
select agentpg.cancel_run(run_id('b'));
select is(begin_sending(), '{b}');
select is((select row(m.withdrawn_at is not null, m.settled_at is not null, m.result_type)::text from agentpg.batch_members m where m.run_id = run_id('b')),
  '(t,t,)', 'nothing more is expected of it');
select is(begin_sending(), '{b}', 'the same when asked again');
select is((select row(b.state, b.submissions, b.submission_token)::text from agentpg.batches b), row('submitting', 1, batch_lease())::text, 'written down once');
select accepted();
select agentpg.cancel_run(run_id('a'));
select advance('10 minutes'), poll(), tell(message_batch('ended'));
select is(take(succeeded('a'), succeeded('c')), '(2,0,0)');
select is(ingested(2), true);
select is(state_of(n), s::agentpg.run_state) from (values ('a', 'cancelled'), ('b', 'cancelled'), ('c', 'completed')) v(n, s);
select is((select b.state from agentpg.batches b), 'ingested');

-- All of them.
select given_batch_runs('d', 'e');
select gather();
select agentpg.cancel_run(run_id(n)) from unnest('{d,e}'::text[]) n;
select begin_sending();
select agentpg.release_batches(instance_id(), array[batch_id()]);
select advance('2 minutes');
select is(poll(), 'reconcile', 'who knows whether it was sent');
select is_empty(format('select agentpg.record_batch_candidates(%L, %L, %L)', batch_id(), batch_lease(), '[]'));
select gather();
select is(batch_state(), 'abandoned');

select * from finish();
rollback;
