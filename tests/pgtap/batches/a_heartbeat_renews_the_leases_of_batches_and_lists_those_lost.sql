begin;
select plan(11);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select freeze('2026-11-22 12:00Z');
select given_instance(), given_instance(name => 'second');
select given_batch_runs('a'), gather();
create function pg_temp.beat(batch text default 'batch', instance text default 'executor') returns jsonb language plpgsql as $$
begin
  return agentpg.heartbeat(instance_id(instance), jsonb_build_array(jsonb_build_object('batch_id', batch_id(batch), 'lease_token', batch_lease(batch)))) -> 'lost';
end
$$;
create function pg_temp.left() returns interval language sql volatile as
$$ select b.lease_expires_at - agentpg.now() from agentpg.batches b where b.id = agentpg_test.batch_id() $$;
select is(pg_temp.left(), (select s.lease_ttl from agentpg.settings s));
select advance('5 seconds');
select is(pg_temp.beat(), '[]');
select is(pg_temp.left(), (select s.lease_ttl - interval '5 seconds' from agentpg.settings s), 'not yet half spent');
select advance('10 seconds');
select is(pg_temp.beat(), '[]');
select is(pg_temp.left(), (select s.lease_ttl from agentpg.settings s));
select agentpg.register_instance('gatherer', max_concurrent_batches => 2);
select is((select i.max_concurrent_batches from agentpg.instances i where i.name = 'gatherer'), 2);
select advance('1 minute');
select is(pg_temp.beat(), '[]', 'an expired lease that nobody took counts');
select advance('1 minute');
select given_instance(name => 'second');
select is(gather('taken', 'second'), '{a}');
select is(pg_temp.beat() #>> '{0,reason}', 'lease_lost');
select is(pg_temp.beat() #>> '{0,batch_id}', batch_id()::text);
select is((select b.lease_token from agentpg.batches b), batch_lease('taken'), 'a dead token renews nothing');

select * from finish();
rollback;
