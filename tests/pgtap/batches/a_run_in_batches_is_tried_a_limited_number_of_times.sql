begin;
select plan(10);

select agentpg.configure('{"batch_max_wait": "0 seconds", "max_model_attempts": 3}');
select given_instance();
select given_batch_runs('a');
create function pg_temp.once_more(run text, result jsonb) returns text language plpgsql as $$
begin
  perform advance('1 hour'), given_instance();
  perform gather();
  perform end_batch(provider_id => 'of ' || batch_id());
  perform take(result_line(run, result));
  perform ingested(1);
  return (select row(r.state, r.attempt, r.error_type)::text from agentpg.get_run(run_id(run)) r);
end
$$;
select is(pg_temp.once_more('a', '{"type": "expired"}'), '(pending,1,)');
select is(pg_temp.once_more('a', '{"type": "canceled"}'), '(pending,2,)');
select is(pg_temp.once_more('a', '{"type": "expired"}'), '(failed,3,batch_expired)');
select is((select count(*)::integer from agentpg.batch_members m where m.run_id = run_id('a')), 3, 'each in a batch of its own');
select is((select string_agg(t.event, ' ' order by t.at) like '%failed%' from agentpg.run_timeline(run_id('a')) t), true);

-- A key that was refused within a batch counts no attempt, and parks what waits.
select given_batch_runs('b');
select is(pg_temp.once_more('b', '{"type": "errored", "error": {"type": "error", "error": {"type": "authentication_error", "message": "bad key"}}}'), '(pending,0,)');
select is((select q.parked_reason from agentpg.batch_queue q), 'authentication_error: bad key');
select agentpg.resume_parked();
select is(pg_temp.once_more('b', '{"type": "errored", "error": {"type": "error", "error": {"type": "overloaded_error"}}}'), '(pending,1,)');
select is((select q.pause_reason from agentpg.queues q where q.run_mode = 'batch'), 'overloaded_error');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
