begin;
select plan(14);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select freeze('2026-11-22 12:00Z');
select is((select bool_and(agentpg._batch_delay(n) between least(300, 15 * power(2, n - 1)) * interval '1 second' and least(300, 15 * power(2, n - 1)) * interval '1.1 second')
  from generate_series(1, 12) n), true, '15 seconds, doubled each time, five minutes at most');
select cmp_ok(agentpg._batch_delay(1000000), '<=', interval '5 minutes 30 seconds');
select ok(agentpg._batch_delay(1, '10 minutes') between interval '10 minutes' and interval '11 minutes', 'at least what the API asked for');
select ok(agentpg._batch_delay(1, '1 year') between interval '1 hour' and interval '66 minutes', 'an hour at most');
select ok(agentpg._batch_delay(1, '-1 year') >= interval '15 seconds');
select cmp_ok((select count(distinct agentpg._batch_delay(5)) from generate_series(1, 20)), '>', 1::bigint, 'varied');

select given_instance();
select given_batch_runs('a'), gather();
select send();
select advance('1 minute'), poll();
select is(batch_error('{"status": 500}'), 'submitted', 'a look that failed changes nothing else');
select is((select row(b.failures, b.lease_token, b.last_error)::text from agentpg.batches b), '(1,,unknown_error)');
select is(poll(), null);
select advance('17 seconds');
select is(poll(), 'retrieve');
select is(batch_error('{"status": 429}', '1 minute'), 'submitted');
select ok((select b.next_poll_at - agentpg.now() between interval '1 minute' and interval '66 seconds' from agentpg.batches b));
select advance('2 minutes'), poll();
select is(tell(message_batch()), 'wait');
select is((select row(b.failures, b.last_error)::text from agentpg.batches b), '(0,)', 'a step that succeeds begins anew');
select * from finish();
rollback;
