begin;
select plan(28);

-- One run a row: what a person must mend parks, then x-should-retry, then the error type, then the status.
select given_instance();
create function pg_temp.outcome(error jsonb) returns text language plpgsql as $$
declare
  v_state text;
begin
  delete from known k where k.kind in ('session', 'run', 'iteration');
  update agentpg.queues set paused_until = null, pause_reason = null, spread_until = null, next_claim_at = null;
  perform agentpg.resume_parked();
  perform given_run();
  perform claim_one();
  select f.state into v_state from agentpg.record_failure(iteration_id(), run_lease(), error) f;
  perform agentpg.cancel_run(run_id());
  return case when exists (select from agentpg.queues q where q.parked_at is not null) then 'parked and ' else '' end || v_state;
end
$$;
select is(pg_temp.outcome(e.error::jsonb), e.outcome, e.error || ' is ' || e.outcome)
from (values
  ('{"status": 529, "type": "overloaded_error"}', 'pending'),
  ('{"status": 529}', 'pending'), ('{"status": 500}', 'pending'), ('{"status": 503}', 'pending'),
  ('{"status": 408}', 'pending'), ('{"status": 409, "type": "conflict_error"}', 'pending'), ('{"status": 429, "type": "rate_limit_error"}', 'pending'),
  ('{"status": "429"}', 'pending'),
  ('{"status": 200, "type": "overloaded_error"}', 'pending'), ('{"status": 200, "type": "api_error"}', 'pending'),
  ('{"status": 200, "type": "torn_stream"}', 'pending'),
  ('{"type": "timeout_error"}', 'pending'), ('{"type": "connection_error"}', 'pending'), ('{}', 'pending'),
  ('{"status": 400, "type": "invalid_request_error"}', 'failed'), ('{"status": 401, "type": "authentication_error"}', 'parked and pending'),
  ('{"status": 402, "type": "billing_error"}', 'parked and pending'), ('{"status": 403, "type": "permission_error"}', 'parked and pending'),
  ('{"status": 404, "type": "not_found_error"}', 'failed'), ('{"status": 413, "type": "request_too_large"}', 'failed'),
  ('{"status": 422}', 'failed'),
  ('{"status": 200, "type": "invalid_request_error"}', 'failed'), ('{"type": "request_too_large"}', 'failed'),
  ('{"status": 429, "type": "rate_limit_error", "error_code": "enforced_spend_limit_reached"}', 'parked and pending'),
  ('{"status": 400, "should_retry": true}', 'pending'), ('{"status": 529, "should_retry": false}', 'failed'),
  ('{"status": 429, "should_retry": "true"}', 'pending'), ('{"status": 529, "should_retry": null}', 'pending')
) as e(error, outcome);

select * from finish();
rollback;
