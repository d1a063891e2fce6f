begin;
select plan(8);

select freeze('2026-11-22 12:00Z');
select given_instance(name => 'one'), given_instance(name => 'two');
select given_agent('sonnet', model => 'claude-sonnet-5-5'), given_agent('haiku', model => 'claude-haiku-5-5');
select given_run('first', session => 's1', agent => 'sonnet');
select given_run('second', session => 's2', agent => 'sonnet');
select given_run('third', session => 's3', agent => 'haiku');
select claim_one('one');
select agentpg.record_failure(iteration_id('first'), run_lease('first'), '{"status": 529, "type": "overloaded_error"}', '30 seconds');
select is(
  (select row(q.paused_until, q.pause_reason, q.spread_until)::text from agentpg.queues q where q.model = 'claude-sonnet-5-5' and q.run_mode = 'streaming'),
  row('2026-11-22 12:00:30Z'::timestamptz, 'overloaded_error', '2026-11-22 12:00:40Z'::timestamptz)::text
);
select is(claim_one('two'), 'third', 'runs of other models go on');
select is(claim_one('two'), null, 'nobody calls the paused model');
select is((select row(w.reason, w.until)::text from agentpg.why_waiting(run_id('second')) w),
  row('queue_paused', '2026-11-22 12:00:30Z'::timestamptz)::text);
select freeze('2026-11-22 12:00:29.9Z');
select is(claim_one('two'), null);
select freeze('2026-11-22 12:00:30Z');
select is(claim_one('two'), 'second', 'at the end of the pause the calls come back');
select is(claim_one('one'), null, 'one at a time, not all at once');
select freeze('2026-11-22 12:00:41Z');
select is(claim_one('one'), 'first', 'and freely once the return is over');

select * from finish();
rollback;
