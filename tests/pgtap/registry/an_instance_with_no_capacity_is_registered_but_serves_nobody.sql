begin;
select plan(4);

select remember('instance', 'idle', i.instance_id) from agentpg.register_instance(name => 'idle', max_concurrent_runs => 0, max_concurrent_tools => 0) i;
select given_run();
select is((select w.reason from agentpg.why_waiting(run_id()) w), 'no_executor');
select is((select row(i.max_concurrent_runs, i.max_concurrent_tools)::text from agentpg.list_instances() i), '(0,0)');
select is(agentpg.heartbeat(instance_id('idle')) -> 'lost', '[]');
select is(agentpg.run_maintenance(instance_id('idle')) -> 'leader', 'true', 'it may do the maintenance');

select * from finish();
rollback;
