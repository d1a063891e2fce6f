begin;
select plan(16);

select given_instance('{lookup}');
select given_agent('worker', '{lookup}');
select given_manager('lead', tools => '{lookup}');
select given_manager('manager', '{lead}');
select given_run(agent => 'manager');
select given_run('behind', agent => 'worker');
select claim_one();
select answer(reply_tool_uses(task_for('lead', 'toolu_1'), task_for('lead', 'toolu_2')));
select child_of('toolu_1', 'lead 1');
select child_of('toolu_2', 'lead 2');
select is(claim_one(), 'lead 1');
select is(claim_one(), 'lead 2');
select answer(reply_tool_uses(task_for('worker', 'toolu_3'), tool_use_block('toolu_4', 'lookup')), 'lead 1');
select child_of('toolu_3', 'leaf');
select is(claim_one(), 'leaf');
select answer(reply_tool_use('toolu_5', 'lookup'), 'leaf');
select is(agentpg.cancel_run(run_id(), 'stop'), true);
select is((select array_agg(n.path || ' ' || n.state order by n.path) from agentpg.run_tree(run_id()) n),
  '{"1 cancelled","1.1 cancelled","1.1.1 cancelled","1.2 cancelled"}');
select is((select array_agg(distinct t.state) from agentpg.tool_executions t), '{skipped}');
select is(results_of('toolu_1'), array['error: Not finished: the run was cancelled.']);
select is(results_of('toolu_5'), array['error: Not finished: the run was cancelled.']);
-- What comes late changes nothing.
create temp table before as select everything() as hash;
select refused($$ select answer(reply_text('late'), 'lead 2') $$, 'AP202', 'drop');
select refused($$ select finish_tool('toolu_5') $$, 'AP202', 'drop');
select refused($$ select finish_tool('toolu_4') $$, 'AP202', 'drop');
select refused($$ select agentpg.record_failure(iteration_id('lead 2'), run_lease('lead 2'), '{"type": "api_error"}') $$, 'AP202', 'drop');
select is(agentpg.cancel_run(run_id('leaf')), false);
select is((select hash from before), everything());
select is(claim_one(), 'behind', 'the session goes on');
select all_is_well();

select * from finish();
rollback;
