begin;
select plan(18);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_batch_runs('a', 'b', 'c', 'd', 'e');
select gather('batch'), agentpg.cancel_run(run_id('e'));
select is(begin_sending(), '{e}');
select is(batch_error('{"status": 400, "type": "invalid_request_error", "message": "requests.2: bad"}'), 'gathered');
select is((select array_agg(b.request_count order by b.id) from agentpg.batches b), '{3,2}', 'two batches, with the one that left in the first');
select is((select count(*)::integer from agentpg.batch_members m), 5, 'nobody is in two');
select set_eq($$ select m.batch_id, m.ordinal from agentpg.batch_members m $$, $$ select r.batch_id, r.batch_ordinal from agentpg.runs r $$, 'each run knows where it is');
select is((select r.attempt from agentpg.get_run(run_id('c')) r), 1);

-- The first half is fine, the second is not.
select is(gather('first'), '{a,b}');
select send('first');
select is(gather('second'), '{c,d}', 'at once, without a delay');
select begin_sending('second');
select is(batch_error('{"status": 413, "type": "request_too_large", "message": "too big"}', batch => 'second'), 'gathered');
select is(gather('third'), '{c}');
select begin_sending('third');
select is(batch_error('{"status": 413, "type": "request_too_large", "message": "too big"}', batch => 'third'), 'abandoned');
select is(gather('fourth'), '{d}');
select send('fourth', 'msgbatch_2');
select is((maintain() ->> 'settled_batch_results')::integer, 1);
select is((select row(r.state, r.error_type, r.error_message)::text from agentpg.get_run(run_id('c')) r), '(failed,request_too_large,"too big")', 'with what the API said');
select is((select array_agg(state_of(n)::text) from unnest('{a,b,d}'::text[]) n), '{batch_pending,batch_pending,batch_pending}');
select is((select sum(b.request_bytes) > 0 from agentpg.batches b), true);
select is((select row(m.result_type, m.settled_at is not null)::text from agentpg.batch_members m where m.run_id = run_id('c')), '(errored,t)');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
