begin;
select plan(2);

select given_instance(name => 'one');
select lives_ok($$ select agentpg.register_instance('one') $$);
select lives_ok(format('select agentpg.heartbeat(%L)', instance_id('one')), 'the first one is not fenced');

select * from finish();
rollback;
