begin;
select plan(8);

select given_instance();
select given_batch_runs('a', 'b');
select is(gather(max_requests => 3), null, 'two of three: nobody has waited long enough');
select is((select count(*)::integer from agentpg.batches b), 0);
select given_batch_runs('c', 'd');
select is(gather(max_requests => 3), '{a,b,c}', 'three of three, and no more');
select is((select row(b.state, b.request_count, b.claimed_by)::text from agentpg.batches b), row('gathered', 3, instance_id())::text);
select is(state_of('a'), 'batch_submitting');
select is(state_of('d'), 'pending');
select is((select r.attempt from agentpg.get_run(run_id('a')) r), 1);
select is(gather('other', max_requests => 3), null, 'the rest waits for others');

select * from finish();
rollback;
