begin;
select plan(2);

select freeze('2026-11-22 12:00Z');
select given_instance();
select given_run(options => '{"deadline": "2026-11-22T12:10:00Z"}'), claim_one(), answer(reply_text('Half', 'max_tokens'));
select freeze('2026-11-22 12:11Z');
select is(agentpg.run_maintenance() ->> 'overdue_runs', '1');
select is((select row(r.state, r.stop_reason, r.error_type, r.response_text)::text from agentpg.get_run(run_id()) r), '(completed,max_tokens,,Half)', 'it has answered');

select * from finish();
rollback;
