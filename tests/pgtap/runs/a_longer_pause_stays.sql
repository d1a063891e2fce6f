begin;
select plan(2);

select freeze('2026-11-22 12:00Z');
select given_run();
select agentpg._pause_queue(q.id, agentpg.now() + '60 seconds', 'rate_limit_error') from agentpg.queues q;
select agentpg._pause_queue(q.id, agentpg.now() + '5 seconds', 'overloaded_error') from agentpg.queues q;
select is((select row(q.paused_until, q.pause_reason)::text from agentpg.queues q where q.run_mode = 'streaming'), row('2026-11-22 12:01Z'::timestamptz, 'rate_limit_error')::text);
select agentpg._pause_queue(q.id, agentpg.now() + '90 seconds', 'overloaded_error') from agentpg.queues q;
select is((select row(q.paused_until, q.pause_reason)::text from agentpg.queues q where q.run_mode = 'streaming'), row('2026-11-22 12:01:30Z'::timestamptz, 'overloaded_error')::text);

select * from finish();
rollback;
