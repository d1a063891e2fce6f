begin;
select plan(10);

select freeze('2026-11-22 12:00Z');
select given_instance();
select given_run();
select claim_one();
create function pg_temp.beat() returns jsonb language sql as $$
  select agentpg.heartbeat(agentpg_test.instance_id(), jsonb_build_array(
    jsonb_build_object('run_id', agentpg_test.run_id(), 'lease_token', agentpg_test.run_lease())))
$$;
create function pg_temp.times() returns text language sql as $$
  select row(r.watch_at - '2026-11-22 12:00Z', r.lease_expires_at - '2026-11-22 12:00Z')::text from agentpg.runs r where r.id = agentpg_test.run_id()
$$;
select is(pg_temp.times(), '(00:00:20,00:00:20)', 'first when the lease would end');
select advance('15 seconds'), pg_temp.beat();
select is(pg_temp.times(), '(00:00:20,00:00:35)', 'renewing it moves nothing else');
select advance('5 seconds');
select is(maintain() -> 'rescued_runs', '0');
select is(pg_temp.times(), '(00:00:20,00:00:35)', 'not before it is due');
select advance('1 second');
select is(maintain() -> 'rescued_runs', '0', 'looked at, and well');
select is(pg_temp.times(), '(00:00:35,00:00:35)', 'until the lease ends as it is by now');
select advance('15 seconds');
select is(maintain() -> 'rescued_runs', '1', 'lost in the end');
select is(pg_temp.times(), '(,)', 'nobody holds it');

-- A shorter lease is watched from its claim on.
select agentpg.configure('{"heartbeat_interval": "1 second", "lease_ttl": "3 seconds"}');
select claim_one();
select is((select r.lease_expires_at - agentpg.now() from agentpg.runs r), interval '3 seconds');
select advance('4 seconds');
select is(maintain() -> 'rescued_runs', '1');

select * from finish();
rollback;
