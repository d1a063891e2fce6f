begin;
select plan(8);

select given_instance(name => 'leaving');
select given_instance(name => 'staying');
select given_run('a', session => 's1'), given_run('b', session => 's2'), given_run('c', session => 's3');
select claim_one('leaving'), claim_one('leaving'), claim_one('staying');
select is(agentpg.release_runs(instance_id('leaving'), array[iteration_id('b')]), 1, 'the one that is named');
select is((select row(r.state, r.attempt, r.claimed_by_instance_id)::text from agentpg.get_run(run_id('b')) r), '(pending,0,)');
select is(agentpg.release_runs(instance_id('leaving')), 1, 'then the rest');
select is(agentpg.release_runs(instance_id('leaving')), 0, 'and nothing of others');
select is(state_of('c'), 'streaming');
select is((select count(*)::integer from agentpg.failed_attempts), 0, 'nothing failed');
select refused(format('select * from agentpg.record_response(%L, %L, %L)', iteration_id('a'), run_lease('a'), reply_text()), 'AP210');
select is(claim_one('staying'), 'b', 'others go on at once');

select * from finish();
rollback;
