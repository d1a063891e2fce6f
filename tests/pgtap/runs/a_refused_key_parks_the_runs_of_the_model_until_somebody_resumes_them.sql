begin;
select plan(10);

select given_instance();
select given_agent('sonnet', model => 'claude-sonnet-5-5'), given_agent('haiku', model => 'claude-haiku-5-5');
select given_run('first', session => 's1', agent => 'sonnet'), given_run('second', session => 's2', agent => 'sonnet');
select given_run('other', session => 's3', agent => 'haiku');
select claim_one();
select is((select f.state::text from agentpg.record_failure(iteration_id('first'), run_lease('first'),
  '{"status": 401, "type": "authentication_error", "message": "invalid bearer token"}') f), 'pending', 'the run does not fail');
select is((select r.attempt from agentpg.get_run(run_id('first')) r), 0, 'and no attempt is counted');
select is((select row(w.reason, w.detail)::text from agentpg.why_waiting(run_id('second')) w),
  row('parked', 'calls to claude-sonnet-5-5 are parked (authentication_error: invalid bearer token): mend the cause, then select agentpg.resume_parked()')::text);
select is(claim_one(), 'other', 'runs of other models go on');
select advance('10 days');
select agentpg.heartbeat(instance_id());
select is(claim_one(), null, 'time alone lifts nothing');
select is(agentpg.resume_parked('claude-haiku-5-5'), 0);
select is(agentpg.resume_parked('claude-sonnet-5-5'), 1);
select is(claim_one(), 'second');
select is(claim_one(), 'first');
select is(agentpg.resume_parked(), 0, 'resuming what is not parked is harmless');

select * from finish();
rollback;
