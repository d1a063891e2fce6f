begin;
select plan(5);

select given_instance();
select given_run('one', session => 's1'), given_run('two', session => 's2');
select claim_one();
select claim_one();
select agentpg.record_failure(iteration_id('one'), run_lease('one'), '{"status": 401, "type": "authentication_error"}');
select advance('1 minute');
select is(agentpg.resume_parked(), 1);
select is((select f.state::text from agentpg.record_failure(iteration_id('two'), run_lease('two'), '{"status": 401, "type": "authentication_error"}') f), 'pending');
select is((select count(*)::integer from agentpg.queues q where q.parked_at is not null), 0, 'its key was the old one');
select advance('1 second');
select claim_one();
select advance('1 second');
select agentpg.record_failure(r.current_iteration_id, run_lease(name_of_run(r.id)), '{"status": 401, "type": "authentication_error"}')
from agentpg.list_runs(state => 'streaming') r;
select is((select count(*)::integer from agentpg.queues q where q.parked_at is not null), 1, 'a call begun since then parks it');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
