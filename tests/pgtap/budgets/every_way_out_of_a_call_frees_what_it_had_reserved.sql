begin;
select plan(10);

create function pg_temp.reserved() returns bigint language sql as $$ select reserved_tokens from agentpg.budget_usage $$;

select given_instance();
select given_run(options => '{"max_tokens": 100000, "max_cost_usd": 5}');

select is(claim_one(), 'run');
select agentpg.release_runs(instance_id());
select is(pg_temp.reserved(), 0::bigint, 'released');

select is(claim_one(), 'run');
select agentpg.record_failure(iteration_id('run'), run_lease('run'), '{"type": "api_error"}');
select is(pg_temp.reserved(), 0::bigint, 'failed, to be tried again');

select advance('10 seconds');
select is(claim_one(), 'run');
select cmp_ok(pg_temp.reserved(), '>', 0::bigint);
select advance('1 minute');
select maintain();
select is(pg_temp.reserved(), 0::bigint, 'its worker was lost');

select is(claim_one(), 'run');
select agentpg.cancel_run(run_id('run'));
select is(pg_temp.reserved(), 0::bigint, 'cancelled');
select agentpg.record_abandoned(iteration_id('run'), run_lease('run'), '{"input_tokens": 30, "output_tokens": 4}');
select is((select used_tokens from agentpg.budget_usage), 34::bigint, 'what the aborted call used counts');

select * from finish();
rollback;
