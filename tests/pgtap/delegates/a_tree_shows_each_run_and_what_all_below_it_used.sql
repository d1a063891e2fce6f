begin;
select plan(13);

select given_instance();
select given_agent('worker');
select given_manager('lead');
select given_manager('manager', '{lead,worker}');
select given_run(agent => 'manager', prompt => 'All of it.');
select claim_one();
select answer(reply_tool_uses(task_for('lead', 'toolu_1', 'Your half.'), task_for('worker', 'toolu_2', 'A crumb.')));
select child_of('toolu_1', 'lead');
select child_of('toolu_2', 'crumb');
select claim_one();
select claim_one();
-- The second one ends first: places are those of the calls.
select answer(reply_blocks('[{"type": "text", "text": "Crumb."}]', usage => '{"input_tokens": 1, "output_tokens": 2, "cache_read_input_tokens": 4}'), 'crumb');
select answer(reply_tool_uses(task_for('worker', 'toolu_3'), task_for('worker', 'toolu_4')), 'lead');
select child_of('toolu_4', 'fourth');
select child_of('toolu_3', 'third');
select claim_one();
select claim_one();
select answer(reply_text('4'), 'fourth');
select is((select array_agg(n.path || ' ' || n.agent_name || ' ' || n.state) from agentpg.run_tree(run_id()) n),
  array['1 manager pending_tools', '1.1 lead pending_tools', '1.1.1 worker streaming', '1.1.2 worker completed', '1.2 worker completed'], 'in order');
select is((select row(n.run_id, n.parent_run_id, n.parent_tool_execution_id, n.depth, n.session_id, n.prompt, n.response_text, n.stop_reason)::text
  from agentpg.run_tree(run_id()) n where n.path = '1.2'),
  row(run_id('crumb'), run_id(), tool_execution_id('toolu_2'), 1, (agentpg.get_run(run_id('crumb'))).session_id, 'A crumb.', 'Crumb.', 'end_turn')::text);
select is((select row(n.input_tokens, n.output_tokens, n.iteration_count, n.total_runs)::text from agentpg.run_tree(run_id()) n where n.path = '1.2'), '(5,2,1,1)', 'cached tokens are counted');
select is((select row(n.input_tokens, n.output_tokens, n.total_runs, n.total_input_tokens, n.total_output_tokens)::text from agentpg.run_tree(run_id()) n where n.path = '1.1'), '(10,5,3,20,10)');
select is((select row(n.input_tokens, n.output_tokens, n.total_runs, n.total_input_tokens, n.total_output_tokens)::text from agentpg.run_tree(run_id()) n where n.path = '1'), '(10,5,5,35,17)');
select is((select n.total_cost_usd from agentpg.run_tree(run_id()) n where n.path = '1'), (select sum(n.cost_usd) from agentpg.run_tree(run_id()) n));
select is((select array_agg(n.path) from agentpg.run_tree(run_id('lead')) n), '{1,1.1,1.2}', 'from any node down');
select refused($$ select agentpg.run_tree(gen_random_uuid()) $$, 'AP003', '');
-- One call without a price makes what is above unknown, and what is beside it not.
select agentpg.update_agent(agent_id('worker'), '{"model": "claude-unheard-of"}');
select answer(reply_text('3'), 'third');
select claim_one();
select answer(reply_tool_uses(task_for('worker', 'toolu_5')), 'lead');
select child_of('toolu_5', 'fifth');
select claim_one();
select answer(reply_text('5'), 'fifth');
select is((select array_agg(n.path) from agentpg.run_tree(run_id()) n where n.total_cost_usd is null), '{1,1.1,1.1.3}');
select is((select array_agg(n.agent_id) from agentpg.run_tree(run_id()) n where n.path in ('1', '1.1')), array[agent_id('manager'), agent_id('lead')]);
-- Ten and more.
select claim_one();
select answer(reply_text('All.'), 'lead');
select claim_one();
select answer((select reply_tool_uses(variadic array_agg(task_for('worker', 'many_' || i) order by i)) from generate_series(1, 11) i));
select is((select array_agg(n.path) from agentpg.run_tree(run_id()) n where n.depth = 1), '{1.1,1.2,1.3,1.4,1.5,1.6,1.7,1.8,1.9,1.10,1.11,1.12,1.13}');
select agentpg.cancel_run(run_id());
select is((select n.total_runs from agentpg.run_tree(run_id()) n where n.path = '1'), 17);
select all_is_well();

select * from finish();
rollback;
