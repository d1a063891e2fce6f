begin;
select plan(7);

select given_instance();
select given_run();
select claim_one();
select is(maintain() -> 'rescued_runs', '0', 'not while the lease lives');
select advance('21 seconds');
select is(maintain() -> 'rescued_runs', '1');
select is((select row(r.state, r.attempt, r.rescue_attempts, r.claimed_by_instance_id)::text from agentpg.get_run(run_id()) r), '(pending,0,1,)', 'the attempt is given back');
select is((select row(f.kind, f.error_type, f.instance_id)::text from agentpg.failed_attempts f), format('(rescue,lease_expired,%s)', instance_id()));
select is(maintain() -> 'rescued_runs', '0');
select is(claim_one(), 'run');
select answer(reply_text());
select is((select row(i.attempt, i.rescue_attempts)::text from agentpg.run_iterations(run_id()) i), '(1,1)');

select * from finish();
rollback;
