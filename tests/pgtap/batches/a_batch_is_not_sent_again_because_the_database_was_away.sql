begin;
select plan(9);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_instance(name => 'second');
create function pg_temp.beat(instance text, held boolean default true) returns jsonb language sql as $$
  select agentpg.heartbeat(instance_id(instance),
    case when held then jsonb_build_array(jsonb_build_object('batch_id', batch_id(), 'lease_token', batch_lease())) else '[]' end) -> 'lost'
$$;

-- The database is out of reach for longer than a lease and the time to settle; the worker is still sending.
select given_batch_runs('a', 'b'), gather(), begin_sending(), advance('2 minutes');
select is(poll('looked for', 'second'), null, 'nobody is in contact yet');
select is(pg_temp.beat('second', false), '[]');
select is(poll('looked for', 'second'), null, 'who sends it may renew first');
select is(pg_temp.beat('executor'), '[]', 'it does');
select advance('6 seconds'), pg_temp.beat('second', false);
select advance('6 seconds'), pg_temp.beat('second', false);
select is(poll('looked for', 'second'), null, 'and goes on');
select accepted();
select is(batch_state() || ' ' || state_of('a'), 'submitted batch_pending');

-- It does not come back.
select given_batch_runs('c'), gather('lost'), begin_sending('lost'), advance('2 minutes'), pg_temp.beat('second', false);
select is(batch_state('lost'), 'submitting');
select advance('6 seconds'), pg_temp.beat('second', false);
select advance('6 seconds'), pg_temp.beat('second', false);
update agentpg.batches set next_poll_at = agentpg.now() + interval '1 day' where id = batch_id();
select is(poll('looked for', 'second'), 'reconcile', 'a worker that has not renewed by then is gone');
select is(batch_id('looked for'), batch_id('lost'));

select * from finish();
rollback;
