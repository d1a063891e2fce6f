begin;
select plan(10);

select agentpg.configure('{"leader_ttl": "30 seconds"}');
select given_instance(name => 'one'), given_instance(name => 'two');
select is(agentpg.run_maintenance(instance_id('one')) -> 'term', '1');
select is(agentpg.run_maintenance(instance_id('two')), '{"leader": false}', 'the other one need not');
select advance('20 seconds');
select agentpg.heartbeat(instance_id('one')), agentpg.heartbeat(instance_id('two'));
select is(agentpg.run_maintenance(instance_id('one')) -> 'term', '1', 'leading on is no new term');
select advance('20 seconds');
select is(agentpg.run_maintenance(instance_id('two')), '{"leader": false}', 'the lease was renewed');
select advance('11 seconds');
select is(agentpg.run_maintenance(instance_id('two')) -> 'term', '2', 'after silence another one takes over');
select is(agentpg.run_maintenance(instance_id('one')), '{"leader": false}');
select is(agentpg.run_maintenance() -> 'leader', 'false', 'without an instance the work is done in any case');
select agentpg.deregister_instance(instance_id('two'));
select is(agentpg.run_maintenance(instance_id('one')) -> 'term', '3', 'who leaves resigns');
select is((select count(*)::integer from agentpg.leadership), 1);
select refused(format('select agentpg.run_maintenance(%L)', agentpg._uuid_v7()), 'AP007');

select * from finish();
rollback;
