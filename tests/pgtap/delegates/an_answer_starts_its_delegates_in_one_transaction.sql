begin;
select plan(12);

select given_instance();
select given_agent('worker');
select given_manager();
select given_session(metadata => '{"tenant_id": "a", "case": 7}');
select given_run(agent => 'manager', variables => '{"user": 1}', priority => 3,
  options => '{"append_instructions": "Hurry.", "max_iterations": 7, "variables": {"more": true}, "request": {"metadata": {"user_id": "u"}}}');
select claim_one();
savepoint before;
select answer(reply_tool_uses(task_for('worker')));
rollback to before;
select is((select count(*) from agentpg.runs), 1::bigint, 'an answer that is not committed leaves nothing');
select is((select count(*) from agentpg.sessions), 1::bigint);
select answer(reply_tool_uses(task_for('worker', task => '  Look here. ')));
select child_of();
select is((select row(c.parent_run_id, c.parent_tool_execution_id, c.root_run_id, c.depth)::text from agentpg.get_run(run_id('child')) c),
  row(run_id(), tool_execution_id('toolu_1'), run_id(), 1)::text, 'linked upwards');
select is((select row(t.child_run_id, t.agent_id, t.is_agent_tool, t.state, t.attempt)::text from agentpg.run_tool_calls(run_id()) t),
  row(run_id('child'), agent_id('worker'), true, 'running', 1)::text, 'and downwards');
select is((select row(s.parent_session_id, s.depth, s.tenant_id, s.metadata)::text from agentpg.get_session((agentpg.get_run(run_id('child'))).session_id) s),
  row(session_id(), 1, 'a', '{"case": 7, "tenant_id": "a"}'::jsonb)::text, 'in a session below');
select is((select row(c.run_mode, c.variables, c.priority, c.tenant_id)::text from agentpg.get_run(run_id('child')) c),
  row('streaming', '{"more": true, "user": 1}'::jsonb, 3, 'a')::text, 'mode, variables, priority and tenant are inherited');
select is((select row(c.options, c.max_iterations, c.prompt)::text from agentpg.get_run(run_id('child')) c),
  row('{}'::jsonb, 100, '  Look here. ')::text, 'options are not');
select is(claim_one(), 'child');
select is(request_of('child') - 'messages' - 'cache_control', '{"model": "claude-sonnet-4-5", "max_tokens": 4096}');
select is(request_of('child') #>> '{messages,0,content,0,text}', '  Look here. ', 'the task as the model wrote it');
select is((select row(r.state, r.open_tools)::text from agentpg.get_run(run_id()) r), '(pending_tools,1)');
select all_is_well();

select * from finish();
rollback;
