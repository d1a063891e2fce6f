begin;
select plan(7);

-- A broken connection has no status. However often it breaks, only a 404 says that results are gone.
select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_batch_runs('a'), gather();
select is(end_batch(), 'ingest');
select is(batch_error('{"type": "connection_error"}'), 'ended');
select advance('10 minutes'), given_instance(), poll();
select is(batch_error('{"type": "connection_error"}'), 'ended');
select advance('10 minutes'), given_instance(), poll();
select is(batch_error('{"type": "connection_error"}'), 'ended');
select is_empty('select * from agentpg.batch_members where result is not null', 'nothing was decided about its runs');
select maintain();
select is((select row(r.state, r.attempt)::text from agentpg.get_run(run_id('a')) r), '(batch_pending,1)');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
