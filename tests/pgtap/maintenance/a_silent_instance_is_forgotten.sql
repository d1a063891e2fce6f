begin;
select plan(3);

select given_instance('{lookup}', 'silent');
select given_instance('{lookup}', 'talking');
select advance('100 seconds');
select agentpg.heartbeat(instance_id('talking'));
select advance('21 seconds');
select is(agentpg.run_maintenance(instance_id('talking')) -> 'removed_instances', '1');
select is((select array_agg(i.name) from agentpg.instances i), '{talking}');
select refused(format('select agentpg.heartbeat(%L)', instance_id('silent')), 'AP007', 'register_instance');

select * from finish();
rollback;
