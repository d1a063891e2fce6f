begin;
select plan(17);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_batch_runs('a'), gather();
select send();
select advance('10 minutes'), poll();
select is(batch_error('{"status": 404, "type": "not_found_error"}'), 'submitted', 'a 404 of a batch that is still young may pass');
select advance('24 hours'), agentpg.heartbeat(instance_id());
select is(poll(), 'retrieve');
select is(batch_error('{"status": 404, "type": "not_found_error"}'), 'abandoned');
select is((maintain() ->> 'settled_batch_results')::integer, 1);
select is((select row(r.state, r.attempt)::text from agentpg.get_run(run_id('a')) r), '(pending,1)', 'an attempt of its own, so that it ends some day');
select is((select f.error_type from agentpg.failed_attempts f), 'batch_results_gone');

-- Results that are gone, but not at the first 404.
select advance('1 hour'), given_instance(), gather();
select is(end_batch(provider_id => 'msgbatch_2'), 'ingest');
select is(batch_error('{"status": 404}'), 'ended');
select advance('10 minutes'), poll();
select is(batch_error('{"status": 404}'), 'ended');
select advance('10 minutes');
select is(poll(), 'ingest');
select is(batch_error('{"status": 404}'), 'abandoned');
select maintain();
select is(state_of('a'), 'pending');

-- Archived: 29 days are over.
select advance('1 hour'), given_instance(), gather();
select send(provider_id => 'msgbatch_3');
select advance('30 days'), given_instance(), poll();
select is(tell(message_batch('ended', 'msgbatch_3', '{"succeeded": 1}', '{"archived_at": "2026-12-24T00:00:00Z"}')), 'closed');
select is((select row(b.state, b.last_error)::text from agentpg.batches b where b.id = batch_id()), '(abandoned,"archived: the provider keeps results for 29 days")');
select throws_ok($$ select tell(message_batch('ended', 'msgbatch_3')) $$, 'AP210');
select maintain();
select is(state_of('a'), 'pending');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
