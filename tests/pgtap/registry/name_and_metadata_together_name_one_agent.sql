begin;
select plan(9);

select agentpg.create_agent(name => 'a', model => 'm', metadata => '{"tenant_id": "x", "n": 1}');
select refused($$ select agentpg.create_agent(name => 'a', model => 'm', metadata => '{"n": 1, "tenant_id": "x"}') $$, 'AP010', 'get_or_create_agent');
select refused($$ select agentpg.create_agent(name => 'a', model => 'm', metadata => '{"n": 1.0, "tenant_id": "x"}') $$, 'AP010');
select lives_ok($$ select agentpg.create_agent(name => 'a', model => 'm', metadata => '{"tenant_id": "y"}') $$, 'another tenant may use the name');
select lives_ok($$ select agentpg.create_agent(name => 'a', model => 'm') $$, 'so may no tenant');
select refused($$ select agentpg.create_agent(name => 'a', model => 'm', metadata => null) $$, 'AP010', '');
select is((agentpg.find_agent('a', '{"tenant_id": "y"}')).tenant_id, 'y', 'metadata is compared whole');
select is((agentpg.find_agent('a')).metadata, '{}', 'and never contained');
select refused($$ select agentpg.find_agent('a', '{"tenant_id": "z"}') $$, 'AP001', 'list_agents');
select refused($$ select agentpg.find_agent('a', '[]') $$, 'AP104');

select * from finish();
rollback;
