begin;
select plan(3);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run('old', session => 'one');
select agentpg.register_tools(null, '[{"name": "lookup", "description": "New words.", "input_schema": {"type": "object"}}]');
select given_run('new', session => 'two');
select claim_one();
select claim_one();
select is(request_of('old') #>> '{tools,0,description}', 'Tool lookup.');
select is(request_of('new') #>> '{tools,0,description}', 'New words.');
select is((select a.version from agentpg.agents a), 1, 'the agent itself was not changed');

select * from finish();
rollback;
