begin;
select plan(19);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_instance(name => 'second');

-- After its lease was lost.
select given_batch_runs('a'), gather('one'), begin_sending('one'), advance('2 minutes'), given_instance(name => 'third');
select is((select count(*)::integer from agentpg.claim_batch_polls(instance_id('second')) c where c.batch_id = batch_id('one')), 1);
select accepted('one', 'msgbatch_1');
select is(batch_state('one'), 'submitted');
select is((select row(b.lease_token, b.unknown_since)::text from agentpg.batches b where b.id = batch_id('one')), '(,)', 'who looked for it need not look on');
select is(state_of('a'), 'batch_pending');
update agentpg.batches set next_poll_at = agentpg.now() + interval '1 day';

-- After it was released, looked for, not found and taken up by another, who has not begun to send it.
select given_batch_runs('b'), gather('two'), begin_sending('two');
select is(agentpg.release_batches(instance_id()), 1);
select is(batch_state('two'), 'unknown');
select advance('2 minutes');
select is(poll('again', 'second'), 'reconcile');
select agentpg.record_batch_candidates(batch_id('again'), batch_lease('again'), '[]');
select is(batch_state('two'), 'gathered');
select is(gather('again', 'second'), '{b}');
select accepted('two', 'msgbatch_2');
select is(batch_state('two'), 'submitted', 'better a late answer than to pay twice');
select throws_ok($$ select begin_sending('again') $$, 'AP210', null, 'the other one is told in time');
update agentpg.batches set next_poll_at = agentpg.now() + interval '1 day';

-- After another began to send it.
select given_batch_runs('c'), gather('three'), begin_sending('three'), agentpg.release_batches(instance_id()), advance('2 minutes');
select is(poll('again', 'second'), 'reconcile');
select agentpg.record_batch_candidates(batch_id('again'), batch_lease('again'), '[]'), gather('again', 'second');
select begin_sending('again');
select throws_ok($$ select accepted('three', 'msgbatch_3') $$, 'AP210');
select accepted('again', 'msgbatch_4');
select is((select row(b.provider_batch_id, b.submissions)::text from agentpg.batches b where b.id = batch_id('three')), '(msgbatch_4,2)');

-- After it was given up: its runs are in another batch, the provider is asked to cancel this one.
select given_batch_runs('d'), gather('four'), begin_sending('four'), agentpg.release_batches(instance_id());
select is(agentpg.abandon_batch(batch_id('four')), true);
select is(state_of('d'), 'pending');
select accepted('four', 'msgbatch_5');
select is(batch_state('four'), 'submitted');
select is((select row(c.task, c.provider_batch_id)::text from agentpg.claim_batch_cancellations(instance_id(), 10) c where c.batch_id = batch_id('four')), '(cancel,msgbatch_5)');
select is(gather('five'), '{d}');

select * from finish();
rollback;
