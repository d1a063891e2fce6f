begin;
select plan(3);

select given_instance();
select agentpg.configure('{"instance_ttl": "1 day"}');
select given_run('r' || n, session => 's' || n) from generate_series(1, 130) n;
select count(*) from agentpg.claim_runs(instance_id(), max_count => 130);
select advance('1 minute');
select is(maintain() -> 'rescued_runs', '100');
select is(maintain() -> 'rescued_runs', '30');
select is(maintain() -> 'rescued_runs', '0');

select * from finish();
rollback;
