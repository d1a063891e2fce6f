begin;
select plan(5);

select agentpg.configure('{"batch_max_wait": "0 seconds", "lease_ttl": "20 seconds"}');
select given_instance();
select given_batch_runs('a', 'b', 'c'), gather();
select is(end_batch(), 'ingest');
select advance('9 seconds');
create temporary table before as select b.lease_expires_at as until from agentpg.batches b where b.id = batch_id();
select is(take(succeeded('a')), '(1,0,0)');
select is((select b.lease_expires_at from agentpg.batches b where b.id = batch_id()), (select until from before), 'not before it is half spent');

-- A heartbeat finds the batch locked by the chunk, and cannot renew it.
select advance('2 seconds');
select is(take(succeeded('b')), '(1,0,0)');
select is((select b.lease_expires_at >= agentpg.now() + interval '19 seconds' from agentpg.batches b where b.id = batch_id()), true);

select * from finish();
rollback;
