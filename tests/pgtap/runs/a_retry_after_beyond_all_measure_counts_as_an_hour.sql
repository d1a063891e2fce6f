begin;
select plan(3);

select freeze('2026-11-22 12:00Z');
select given_instance();
select given_run();
select claim_one();
select ok(
  (select f.retry_at from agentpg.record_failure(iteration_id(), run_lease(), '{"status": 429}', '1000 years') f)
    between '2026-11-22 13:00Z' and '2026-11-22 13:06Z', 'the run'
);
select is((select max(q.paused_until) from agentpg.queues q), '2026-11-22 13:00Z'::timestamptz, 'and the model');
select advance('2 hours');
select is(claim_one(), 'run');

select * from finish();
rollback;
