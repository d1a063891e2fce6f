begin;
select plan(9);

select freeze('2026-11-22 12:00Z');
select given_instance();
select given_run();
select claim_one();
select advance('2 seconds');
create temporary table said as select * from agentpg.record_failure(iteration_id(), run_lease(),
  '{"type": "overloaded_error", "message": "Overloaded", "status": 529, "request_id": "req_1"}');
select is((select row(s.state, s.attempt)::text from said s), '(pending,1)');
select is((select row(f.kind, f.attempt, f.instance_id, f.error_type, f.error_message, f.details, f.started_at, f.failed_at)::text from agentpg.failed_attempts f),
  row('model', 1, instance_id(), 'overloaded_error', 'Overloaded', '{"status": 529, "request_id": "req_1"}'::jsonb, '2026-11-22 12:00Z'::timestamptz, '2026-11-22 12:00:02Z'::timestamptz)::text);
select is((select r.available_at from agentpg.get_run(run_id()) r), (select s.retry_at from said s), 'the run is due at retry_at');
select is((select row(r.state, r.attempt, r.claimed_by_instance_id)::text from agentpg.get_run(run_id()) r), '(pending,1,)');
select is(claim_one(), null, 'not before');
create temporary table before as select everything() as all_rows;
select results_eq(format('select * from agentpg.record_failure(%L, %L, ''{"status": 400}'')', iteration_id(), run_lease()), 'select * from said', 'said again, it returns the same');
select is(everything(), (select b.all_rows from before b), 'and changes nothing');
select advance('2 minutes');
select is(claim_one(), 'run');
select answer(reply_text());
select is(state_of(), 'completed');

select * from finish();
rollback;
