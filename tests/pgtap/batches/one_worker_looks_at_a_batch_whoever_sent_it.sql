begin;
select plan(22);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select freeze('2026-11-22 12:00Z');
select given_instance(), given_instance(name => 'second');
select given_batch_runs('a'), gather();
select send();
select is((select count(*)::integer from agentpg.claim_batch_polls(instance_id('second'), 10)), 0, 'not yet');
select ok((select b.next_poll_at - agentpg.now() between interval '13.5 seconds' and interval '16.5 seconds' from agentpg.batches b), 'in 15 seconds, varied by a tenth');
select advance('20 seconds');
select is((select row(c.task, c.provider_batch_id, c.request_count, c.submission_started_at)::text from agentpg.claim_batch_polls(instance_id('second'), 10) c),
  row('retrieve', 'msgbatch_1', 1, '2026-11-22 12:00Z'::timestamptz)::text);
select is(poll(), null, 'one worker a batch');
select is((select w.reason from agentpg.why_waiting(run_id('a')) w), 'batch');
select set_config('test.token', (select b.lease_token::text from agentpg.batches b), true);
select advance('2 minutes');
select is(poll(), 'retrieve', 'that worker was lost');
select throws_ok(format('select agentpg.record_batch_status(%L, %L, message_batch())', batch_id(), current_setting('test.token')), 'AP210');
select is(tell(message_batch()), 'wait');
select is(state_of('a'), 'batch_processing');
select is((select row(b.state, b.status, b.lease_token, b.failures)::text from agentpg.batches b), '(submitted,in_progress,,0)');
select ok((select b.next_poll_at - agentpg.now() between interval '15 seconds' and interval '21 seconds' from agentpg.batches b), 'an eighth of its age apart');
select throws_ok($$ select tell(message_batch()) $$, 'AP210', null, 'told once');
select advance('10 hours'), given_instance();
select is(poll(), 'retrieve');
select is(tell(message_batch('canceling')), 'wait');
select ok((select b.next_poll_at - agentpg.now() between interval '4.5 minutes' and interval '5.5 minutes' from agentpg.batches b), 'five minutes at most');
select is((select b.status from agentpg.batches b), 'canceling');
select advance('6 minutes'), poll();
select is(tell(message_batch('ended', counts => '{"canceled": 1}')), 'ingest');
select is((select row(b.state, b.status, b.ended_at, b.lease_token = batch_lease(), b.result_counts ->> 'canceled')::text from agentpg.batches b),
  row('ended', 'ended', agentpg.now(), true, '1')::text, 'the lease goes on with the results');
select is((select w.reason from agentpg.why_waiting(run_id('a')) w), 'batch_results');
select is(tell(message_batch('ended', counts => '{"canceled": 1}')), 'ingest', 'the same when told again');
select advance('2 minutes');
select is(poll(), 'ingest', 'a worker lost while it read');
select is((select count(*)::integer from agentpg.claim_batch_polls(instance_id('second'), 10)), 0);

select * from finish();
rollback;
