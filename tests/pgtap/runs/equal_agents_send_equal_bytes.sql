begin;
select plan(5);

select given_instance('{lookup,search}');
select agentpg.create_agent(name => 'a', model => 'claude-sonnet-5', system_prompt => 'Be brief.', tools => '{search,lookup}', config => '{"request": {"thinking": {"type": "adaptive"}, "metadata": {"user_id": "u"}}}');
select agentpg.create_agent(name => 'b', model => 'claude-sonnet-5', system_prompt => 'Be brief.', tools => '{search,lookup}', config => '{"request": {"metadata": {"user_id": "u"}, "thinking": {"type": "adaptive"}}}', description => 'Of no matter.');
select remember('agent', a.name, a.id) from agentpg.agents a;
select is((select count(distinct a.prefix_id)::integer from agentpg.agents a), 1, 'one frozen prefix');
select given_run('r1', 'Hello?', 's1', 'a');
select given_run('r2', 'Hello?', 's2', 'b');
select claim_one();
select claim_one();
select is(request_of('r1')::text, request_of('r2')::text, 'byte for byte');
select is(
  request_of('r1')::text,
  '{"model": "claude-sonnet-5", "tools": [{"name": "search", "description": "Tool search.", "input_schema": {"type": "object", "properties": {}}}, '
  '{"name": "lookup", "description": "Tool lookup.", "input_schema": {"type": "object", "properties": {}}}], "system": "Be brief.", '
  '"messages": [{"role": "user", "content": [{"text": "Hello?", "type": "text"}]}], "metadata": {"user_id": "u"}, "thinking": {"type": "adaptive"}, '
  '"max_tokens": 4096, "cache_control": {"type": "ephemeral"}}',
  'a golden request: the tools in the order of the agent'
);
select agentpg.create_agent(name => 'c', model => 'claude-sonnet-5', system_prompt => 'Be brief.', tools => '{lookup,search}', config => '{"request": {"metadata": {"user_id": "u"}, "thinking": {"type": "adaptive"}}}');
select is((select count(distinct a.prefix_id)::integer from agentpg.agents a), 2, 'another order of tools is another prefix');
select agentpg.create_agent(name => 'a', model => 'claude-sonnet-5', system_prompt => 'Be brief.', tools => '{search,lookup}', metadata => '{"tenant_id": "t"}', config => '{"request": {"metadata": {"user_id": "u"}, "thinking": {"type": "adaptive"}}}');
select is((select count(distinct a.prefix_id)::integer from agentpg.agents a), 3, 'tenants do not share one');

select * from finish();
rollback;
