begin;
select plan(2);

select given_instance();
select given_run('first');
select given_run('second');
select claim_one();
select agentpg.record_failure(iteration_id('first'), run_lease('first'), '{"status": 400, "type": "invalid_request_error"}');
select is(state_of('first'), 'failed');
select is(claim_one(), 'second');

select * from finish();
rollback;
