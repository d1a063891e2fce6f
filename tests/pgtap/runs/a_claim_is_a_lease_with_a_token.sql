begin;
select plan(8);

select freeze('2026-11-22 12:00Z');
select given_instance();
select given_run();
create temporary table claim as select * from agentpg.claim_runs(instance_id());
select is((select row(c.run_id, c.session_id, c.attempt, c.lease_expires_at)::text from claim c),
  row(run_id(), session_id(), 1, '2026-11-22 12:00:20Z'::timestamptz)::text);
select is((select row(r.state, r.previous_state, r.claimed_by_instance_id, r.claimed_at, r.started_at, r.attempt)::text from agentpg.get_run(run_id()) r),
  row('streaming', 'pending', instance_id(), '2026-11-22 12:00Z'::timestamptz, '2026-11-22 12:00Z'::timestamptz, 1)::text);
select is((select r.current_iteration_id from agentpg.get_run(run_id()) r), (select c.iteration_id from claim c));
select refused(format('select agentpg.claim_runs(%L, max_count => %s)', instance_id(), n.n), 'AP108', '') from unnest('{0,-1,10001}'::integer[]) as n(n);
select refused(format('select agentpg.claim_runs(%L, ''batch'')', instance_id()), 'AP900', 'batches');
select refused(format('select agentpg.claim_runs(%L, null)', instance_id()), 'AP900');

select * from finish();
rollback;
