begin;
select plan(5);

select freeze('2026-11-22 12:00Z');
select agentpg.configure('{"resume_spacing": "100 milliseconds", "resume_window": "10 seconds"}');
select given_instance();
select given_run('run' || i, session => 's' || i) from generate_series(1, 60) i;
select agentpg._pause_queue(q.id, agentpg.now() + '10 seconds', 'rate_limit_error') from agentpg.queues q where q.run_mode = 'streaming';

select freeze('2026-11-22 12:00:10Z');
select is((select count(*)::integer from agentpg.claim_runs(instance_id(), max_count => 50)), 1);
select freeze('2026-11-22 12:00:10.5Z');
select is((select count(*)::integer from agentpg.claim_runs(instance_id(), max_count => 50)), 5, 'one per 100 ms since');
select freeze('2026-11-22 12:00:15Z');
select is((select count(*)::integer from agentpg.claim_runs(instance_id(), max_count => 50)), 21, 'what is not used is kept, up to twenty');
select freeze('2026-11-22 12:00:20Z');
select is((select count(*)::integer from agentpg.claim_runs(instance_id(), max_count => 50)), 33, 'after the window all that is left');
select is((select row(q.paused_until, q.pause_reason, q.spread_until, q.next_claim_at)::text from agentpg.queues q where q.run_mode = 'streaming'),
  '(,,,)', 'and the pause is forgotten');

select * from finish();
rollback;
