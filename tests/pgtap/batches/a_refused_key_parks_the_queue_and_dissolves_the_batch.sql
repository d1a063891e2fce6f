begin;
select plan(31);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
create function pg_temp.parked_by(error jsonb, run text) returns setof text language plpgsql as $$
begin
  perform given_batch_runs(run);
  perform gather();
  perform begin_sending();
  return next is(batch_error(error), 'abandoned', error::text);
  return next is((select row(b.closed_at is not null, b.next_poll_at, b.lease_token)::text from agentpg.batches b where b.id = batch_id()), '(t,,)');
  return next is((select row(r.state, r.attempt)::text from agentpg.get_run(run_id(run)) r), '(pending,0)', 'no attempt counts by it');
  return next is((select count(m.withdrawn_at)::integer from agentpg.batch_members m where m.batch_id = batch_id()), 1);
  return next is((select w.reason from agentpg.why_waiting(run_id(run)) w), 'parked');
  perform advance('1 hour');
  perform agentpg.heartbeat(instance_id());
  return next is(gather(), null, 'nothing is gathered while it is parked');
  perform agentpg.resume_parked();
  return next is(gather(), array[run], 'resumed, it goes on in another batch');
  perform send(provider_id => 'of ' || run);
end
$$;
select pg_temp.parked_by('{"status": 401, "type": "authentication_error", "message": "bad key"}', 'a');
select pg_temp.parked_by('{"status": 402, "type": "billing_error"}', 'b');
select pg_temp.parked_by('{"status": 403, "type": "permission_error"}', 'c');
select pg_temp.parked_by('{"status": 400, "type": "invalid_request_error", "error_code": "workspace_spend_limit_reached"}', 'd');

-- A refusal of a sending begun before the resumption parks nothing.
select given_batch_runs('e'), gather();
select begin_sending(), advance('1 second');
update agentpg.queues set resumed_at = agentpg.now();
select is(batch_error('{"status": 401, "type": "authentication_error"}'), 'abandoned');
select is((select q.parked_at from agentpg.queues q where q.run_mode = 'batch'), null);
select is(gather(), '{e}', 'its runs try it with the mended key');

select * from finish();
rollback;
