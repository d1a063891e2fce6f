begin;
select plan(18);

select given_instance('{lookup}');
select given_agent('worker', '{lookup}');
select given_manager('lead');
select given_manager('manager', '{lead}');
select given_run(agent => 'manager');
select claim_one();
select answer(reply_tool_uses(task_for('lead')));
select child_of('toolu_1', 'lead');
select claim_one();
select answer(reply_tool_uses(task_for('worker', 'toolu_2'), task_for('worker', 'toolu_3')), 'lead');
select child_of('toolu_2', 'leaf');
select child_of('toolu_3', 'other leaf');
select is(claim_one(), 'leaf');
select is(claim_one(), 'other leaf');
-- A leaf: the lead hears of it and goes on.
select is(agentpg.cancel_run(run_id('leaf'), 'wrong'), true);
select is(results_of('toolu_2'), array['error: The agent was cancelled. wrong']);
select is(state_of('lead'), 'pending_tools');
select answer(reply_text('Done.'), 'other leaf');
select is(claim_one(), 'lead');
select refused($$ select answer(reply_text('late'), 'leaf') $$, 'AP202', 'drop');
-- The middle: all below ends, and the run above goes on.
select answer(reply_tool_uses(task_for('worker', 'toolu_4')), 'lead');
select child_of('toolu_4', 'last leaf');
select claim_one();
select answer(reply_tool_use('toolu_5', 'lookup'), 'last leaf');
select is(agentpg.cancel_run(run_id('lead')), true);
select is(state_of('last leaf'), 'cancelled');
select is(tool_state('toolu_5'), 'skipped');
select is(tool_state('toolu_4'), 'skipped');
select is(results_of('toolu_1'), array['error: The agent was cancelled.']);
select is(state_of(), 'pending');
select is(agentpg.cancel_run(run_id('last leaf')), false, 'a second time is harmless');
select is(claim_one(), 'run');
select answer(reply_text('Without it, then.'));
select is(state_of(), 'completed');
select is((select array_agg(n.path || ' ' || n.state order by n.path) from agentpg.run_tree(run_id()) n),
  '{"1 completed","1.1 cancelled","1.1.1 cancelled","1.1.2 completed","1.1.3 cancelled"}');
select all_is_well();

select * from finish();
rollback;
