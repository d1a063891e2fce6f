begin;
select plan(12);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_instance(name => 'second');
select given_batch_runs('a', 'b');
select is(gather(), '{a,b}');
select given_batch_runs('c');
select is(gather('other', instance => 'second'), '{c}', 'nobody takes what another holds');
select is((select count(distinct m.run_id)::integer from agentpg.batch_members m), 3, 'disjoint');
select is((select count(*)::integer from agentpg.claim_batch_polls(instance_id(), 10)), 0, 'what was not sent is not looked for');
select set_config('test.token', batch_lease()::text, true);
select advance('2 minutes');
select is(gather('batch', instance => 'second'), '{a,b}', 'its worker was lost: another takes it, whatever is asked for');
select isnt(batch_lease()::text, current_setting('test.token'));
select is((select r.attempt from agentpg.get_run(run_id('a')) r), 1, 'no attempt counts by it');
select throws_ok(format('select agentpg.start_batch_submission(%L, %L)', batch_id(), current_setting('test.token')), 'AP210');
select is(begin_sending(), null, 'all are sent');
select is((select array_agg(b.state::text order by b.id) from agentpg.batches b), '{submitting,gathered}');

-- All its members leave before anybody takes it up again.
select agentpg.cancel_run(run_id('c'));
select is(gather('empty'), null);
select is((select row(b.state, b.closed_at is not null)::text from agentpg.batches b where b.id = batch_id('other')), '(abandoned,t)');

select * from finish();
rollback;
