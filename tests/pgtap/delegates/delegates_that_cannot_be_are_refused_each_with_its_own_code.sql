begin;
select plan(15);

select given_agent('worker');
select given_agent('gone');
select agentpg.delete_agent(agent_id('gone'));
select remember('agent', 'theirs', (agentpg.create_agent('theirs', 'claude-sonnet-4-5', metadata => '{"tenant_id": "b"}')).id);
create function pg_temp.make(ids uuid[], metadata jsonb default '{}') returns void language sql as
$$ select agentpg.create_agent('manager', 'claude-sonnet-4-5', agent_ids => ids, metadata => make.metadata) $$;
select refused(format('select pg_temp.make(array[%L]::uuid[])', gen_random_uuid()), 'AP012', 'tenant');
select refused($$ select pg_temp.make(array[agent_id('gone')]) $$, 'AP012');
select refused($$ select pg_temp.make(array[null]::uuid[]) $$, 'AP012');
select refused($$ select pg_temp.make(array[agent_id('theirs')]) $$, 'AP012');
select refused($$ select pg_temp.make(array[agent_id('theirs')], '{"tenant_id": "a"}') $$, 'AP012');
select lives_ok($$ select pg_temp.make(array[agent_id('theirs'), agent_id('worker')], '{"tenant_id": "b"}') $$, 'its own tenant''s and those of all');
select is(ids_in_error($$ select pg_temp.make(array[agent_id('theirs')]) $$), jsonb_build_object('agent_ids', jsonb_build_array(agent_id('theirs'))));
select refused($$ select pg_temp.make(array[agent_id('worker'), agent_id('worker')]) $$, 'AP100', '');
select refused($$ select agentpg.get_or_create_agent('manager', 'claude-sonnet-4-5', agent_ids => array[agent_id('gone')]) $$, 'AP012');

-- Round in circles.
select given_manager('lead');
select given_manager('head', '{lead}');
select refused(format($$ select agentpg.update_agent(agent_id('worker'), '{"agent_ids": ["%s"]}') $$, agent_id('worker')), 'AP013', 'allow_recursion');
select refused(format($$ select agentpg.update_agent(agent_id('worker'), '{"agent_ids": ["%s"]}') $$, agent_id('head')), 'AP013');
select is((agentpg.get_agent(agent_id('worker'))).agent_ids, '{}', 'nothing was changed');
select lives_ok(format($$ select agentpg.update_agent(agent_id('worker'), '{"agent_ids": ["%s"], "config": {"allow_recursion": true}}') $$, agent_id('head')), 'unless it is meant');
select refused($$ select agentpg.update_agent(agent_id('worker'), '{"config": {}}') $$, 'AP013');
select refused($$ select agentpg.create_agent('x', 'claude-sonnet-4-5', config => '{"allow_recursion": "yes"}') $$, 'AP113', '');

select * from finish();
rollback;
