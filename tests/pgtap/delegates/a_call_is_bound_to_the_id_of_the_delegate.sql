begin;
select plan(14);

-- Another tenant has an agent of this name, and so has the world.
select given_instance('{lookup}');
select remember('agent', 'theirs', (agentpg.create_agent('worker', 'claude-sonnet-4-5', 'Theirs.', metadata => '{"tenant_id": "b"}')).id);
select remember('agent', 'shared', (agentpg.create_agent('worker', 'claude-sonnet-4-5', 'Shared.')).id);
select remember('agent', 'worker', (agentpg.create_agent('worker', 'claude-sonnet-4-5', 'Ours.', metadata => '{"tenant_id": "a"}')).id);
select given_manager(tools => '{lookup}', metadata => '{"tenant_id": "a"}');
select given_session(metadata => '{"tenant_id": "a"}');
select given_run(agent => 'manager');
select is(claim_one(), 'run');

-- Between the request and its answer all of this happens.
select agentpg.update_agent(agent_id('worker'), '{"name": "lookup"}');
select is(tool_names_of(), '{lookup,lookup_2}', 'new runs see the new name');
select given_tools('{worker}', instance_id());
select is(answer(reply_tool_uses(task_for('worker', 'toolu_1', 'One.'), tool_use_block('toolu_2', 'lookup'))), 1, 'the tool goes to the executor, the delegate to nobody');
select is((select agent_id from agentpg.get_run(child_of())), agent_id('worker'), 'the name that the model was given stands for the agent it was bound to');
select is((select tenant_id from agentpg.get_run(run_id('child'))), 'a');
select is((select array_agg(row(e.tool_name, e.agent_id is null, e.child_run_id is null)::text order by e.block_index) from agentpg.tool_executions e),
  '{"(worker,f,f)","(lookup,t,t)"}', 'a tool is not taken for an agent of that name, nor an agent for a tool');
select is(claim_tool(), null, 'whoever registers a tool of the name does not get the call');
select is(claim_one(), 'child');
select is(request_of('child') ->> 'system', 'Ours.');
select is(request_of('child') -> 'messages', '[{"role": "user", "content": [{"type": "text", "text": "One."}]}]', 'it sees its task and nothing else');

-- The other way round: an agent made after the run does not take over its tool.
select remember('agent', 'hijacker', (agentpg.create_agent('lookup', 'claude-sonnet-4-5', metadata => '{"tenant_id": "c"}')).id);
select finish_tool('toolu_2');
select answer(reply_text('Found.'), 'child');
select is(claim_one(), 'run');
select is(answer(reply_tool_uses(tool_use_block('toolu_3', 'lookup'))), 1);
select is((select row(e.agent_id, e.child_run_id)::text from agentpg.tool_executions e where e.tool_use_id = 'toolu_3'), '(,)');
select all_is_well();

select * from finish();
rollback;
