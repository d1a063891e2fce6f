begin;
select plan(4);

select given_instance();
select given_run();
select claim_one();
select is(
  (select row(f.state, f.attempt, f.retry_at)::text from agentpg.record_failure(iteration_id(), run_lease(), '{"status": 400, "type": "invalid_request_error", "message": "bad"}') f),
  '(failed,1,)'
);
select is((select row(r.state, r.error_type, r.error_message, r.stop_reason)::text from agentpg.get_run(run_id()) r), '(failed,invalid_request_error,bad,)');
select is((select row(g.finished, g.error_type)::text from agentpg.get_response(run_id()) g), '(t,invalid_request_error)');
select is((select f.state from agentpg.record_failure(iteration_id(), run_lease(), '{}') f), 'failed', 'said again, it returns the same');

select * from finish();
rollback;
