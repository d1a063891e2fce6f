begin;
select plan(6);

select freeze('2026-11-22 12:00Z');
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run('streaming', session => 's1'), claim_one();
select given_run('tools', session => 's2'), claim_one(), answer(reply_tool_use('toolu_1', 'lookup'), 'tools');
create function pg_temp.beat() returns jsonb language sql as $$
  select agentpg.heartbeat(instance_id(), jsonb_build_array(
    jsonb_build_object('run_id', run_id('streaming'), 'lease_token', run_lease('streaming')),
    jsonb_build_object('tool_execution_id', tool_execution_id('toolu_1'), 'lease_token', tool_lease('toolu_1'))))
$$;
create function pg_temp.leases() returns text[] language sql as $$
  select array[(select r.lease_expires_at - '2026-11-22 12:00Z' from agentpg.runs r where r.id = run_id('streaming')),
    (select e.lease_expires_at - '2026-11-22 12:00Z' from agentpg.tool_executions e)]::text[]
$$;
select is(pg_temp.beat(), '{"lost": [], "lease_ttl_ms": 20000, "poll_interval_ms": 5000, "heartbeat_interval_ms": 5000}');
select is(pg_temp.leases(), '{00:00:20,00:00:20}', 'a fresh lease is left alone');
select advance('10 seconds'), pg_temp.beat();
select is(pg_temp.leases(), '{00:00:20,00:00:20}', 'half of it is left');
select advance('1 second'), pg_temp.beat();
select is(pg_temp.leases(), '{00:00:31,00:00:31}', 'less than half is left');
select advance('1 minute'), pg_temp.beat();
select is(pg_temp.leases(), '{00:01:31,00:01:31}', 'an expired one that nobody took is renewed');
select is((select i.last_heartbeat_at from agentpg.instances i), '2026-11-22 12:01:11Z'::timestamptz, 'and the instance was heard of');

select * from finish();
rollback;
