begin;
select plan(6);

select freeze('2026-11-22 12:00Z');
select given_instance();
select given_run(scheduled_at => '2026-11-22 13:00Z');
select is(claim_one(), null);
select is((select row(w.reason, w.until)::text from agentpg.why_waiting(run_id()) w), row('scheduled', '2026-11-22 13:00Z'::timestamptz)::text);
select advance('59 minutes');
select is(claim_one(), null);
select advance('1 minute');
select is(claim_one(), 'run');
select given_run('past', session => 'other', scheduled_at => '2020-01-01');
select is(claim_one(), 'past', 'a time in the past means now');
select is((select r.scheduled_at from agentpg.get_run(run_id('past')) r), '2020-01-01'::timestamptz);

select * from finish();
rollback;
