begin;
select plan(5);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run('old');
select agentpg.update_agent(agent_id(), '{"system_prompt": "New.", "model": "claude-opus-5", "tools": []}');
select claim_one();
select is(request_of('old') ->> 'model', 'claude-sonnet-4-5');
select is(request_of('old') ? 'system', false);
select is(request_of('old') #>> '{tools,0,name}', 'lookup');
select answer(reply_tool_use('toolu_1', 'lookup'), 'old');
select is(tool_state('toolu_1'), 'running', 'its tools are those it was given');
select given_run('new', session => 'other');
select claim_one();
select is((request_of('new') - 'messages')::text, '{"model": "claude-opus-5", "system": "New.", "max_tokens": 4096, "cache_control": {"type": "ephemeral"}}');

select * from finish();
rollback;
