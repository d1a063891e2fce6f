begin;
select plan(4);

select given_instance();
select agentpg.configure('{"max_model_attempts": 3}');
select given_run();
select claim_one();
select is((select f.state from agentpg.record_failure(iteration_id(), run_lease(), '{"status": 529}', interval '0') f), 'pending');
select advance('1 minute'), claim_one();
select is((select f.state from agentpg.record_failure(iteration_id(), run_lease(), '{"status": 529}', interval '0') f), 'pending');
select advance('1 minute'), claim_one();
select is((select row(f.state, f.attempt)::text from agentpg.record_failure(iteration_id(), run_lease(), '{"status": 529, "type": "overloaded_error"}', interval '0') f), '(failed,3)');
select is((select r.error_type from agentpg.get_run(run_id()) r), 'overloaded_error');

select * from finish();
rollback;
