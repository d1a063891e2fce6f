begin;
select plan(10);

create temporary table one as select * from agentpg.register_instance(name => 'w', hostname => 'h', pid => 7, version => '1', metadata => '{"zone": "a"}');
select is((select row(o.heartbeat_interval, o.lease_ttl, o.poll_interval)::text from one o), '(00:00:05,00:00:20,00:00:05)');
select isnt((select i.instance_id from agentpg.register_instance(name => 'w') i), (select o.instance_id from one o), 'each registration is a new incarnation');
select agentpg.register_instance(hostname => 'host');
select is((select i.name from agentpg.instances i where i.hostname = 'host'), 'host', 'the name defaults to the host');
select lives_ok('select agentpg.register_instance()', 'nothing is required');
select refused('select agentpg.register_instance(max_concurrent_runs => -1)', 'AP108', '');
select refused('select agentpg.register_instance(max_concurrent_tools => null)', 'AP108', '');
select refused('select agentpg.register_instance(name => '''')', 'AP112', '');
select refused('select agentpg.register_instance(name => repeat(''x'', 256))', 'AP112', '');
select refused('select agentpg.register_instance(metadata => ''[]'')', 'AP104');
select ok((select r.poll_interval from agentpg.register_instance() r) > interval '5 seconds', 'many instances poll less often each');

select * from finish();
rollback;
