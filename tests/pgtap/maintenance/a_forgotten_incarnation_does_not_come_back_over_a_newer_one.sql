begin;
select plan(4);

select remember('instance', 'old', (select i.instance_id from agentpg.register_instance('pod-1', exclusive => true) i));
select advance('3 minutes');
select agentpg.run_maintenance();
select remember('instance', 'again', (select i.instance_id from agentpg.register_instance('pod-1', exclusive => true, forgotten_id => instance_id('old')) i));
select isnt(instance_id('again'), null, 'with nobody in its place it registers again');
select advance('3 minutes');
select agentpg.run_maintenance();
select remember('instance', 'newer', (select i.instance_id from agentpg.register_instance('pod-1', exclusive => true) i));
select refused(format('select * from agentpg.register_instance(''pod-1'', exclusive => true, forgotten_id => %L)', instance_id('again')), 'AP211');
select lives_ok(format('select agentpg.heartbeat(%L)', instance_id('newer')), 'the newer one is not fenced');
select is((select count(*)::integer from agentpg.list_instances()), 1);

select * from finish();
rollback;
