begin;
select plan(15);

select given_instance();
select given_agent('worker');
select given_agent('other');
select given_agent('mover');
select given_manager(delegates => '{worker,other,mover}');
select given_run(agent => 'manager');
select claim_one();
select agentpg.delete_agent(agent_id('worker'));
select is(tool_names_of(), '{other,mover}', 'new runs do not have it');
select is((agentpg.get_agent(agent_id('manager'))).agent_ids, array[agent_id('other'), agent_id('mover')], 'the list says so');
select lives_ok($$ select agentpg.update_agent(agent_id('manager'), '{"description": "Still here."}') $$, 'its caller can be changed');
select is(agentpg.delete_agent(agent_id('worker')), false);
-- A new agent of the same name is another agent.
select given_agent('worker');
select agentpg.update_agent(agent_id('mover'), '{"metadata": {"tenant_id": "b"}}');
select is(tool_names_of(), '{other}', 'what moved to another tenant is not offered any more');
select answer(reply_tool_uses(task_for('worker', 'toolu_1'), task_for('other', 'toolu_2'), task_for('mover', 'toolu_3')));
select is(results_of('toolu_1'), array['error: The agent worker was not started: the agent was deleted.']);
select is(results_of('toolu_3'), array['error: The agent mover was not started: the agent belongs to another tenant.']);
select is((select row(t.state, t.is_agent_tool, t.child_run_id, t.error_message)::text from agentpg.run_tool_calls(run_id()) t where t.tool_use_id = 'toolu_1'),
  '(failed,t,,"the agent was deleted")');
select is((select row(r.state, r.open_tools)::text from agentpg.get_run(run_id()) r), '(pending_tools,1)', 'the others are waited for');
select child_of('toolu_2');
select is(claim_one(), 'child');
select answer(reply_text('Done.'), 'child');
select is(claim_one(), 'run');
select is(results_of('toolu_2'), '{Done.}');
select answer(reply_tool_uses(task_for('worker', 'toolu_4')));
select is(state_of(), 'pending', 'when none could start the run goes straight on');
select is((select count(*) from agentpg.sessions), 2::bigint, 'no session is left behind');
select all_is_well();

select * from finish();
rollback;
