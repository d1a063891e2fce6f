begin;
select plan(2);

select given_instance();
select given_agent();
select agentpg.create_agent(name => 'own', model => 'claude-sonnet-4-5', max_tokens => 77);
select agentpg.configure('{"default_max_tokens": 999}');
select given_run();
select claim_one();
select is(request_of() -> 'max_tokens', '999', 'the agent that names none follows the setting');
select remember('run', 'other', agentpg.create_run(agentpg.create_session(), (agentpg.find_agent('own')).id, 'Hello?'));
select claim_one();
select is(request_of('other') -> 'max_tokens', '77', 'the one that does keeps its own');

select * from finish();
rollback;
