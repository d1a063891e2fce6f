begin;
select plan(16);

-- An agent that asks itself.
create function pg_temp.descend(from_run text, call text, into_run text) returns text language plpgsql as $$
begin
  perform agentpg_test.answer(agentpg_test.reply_tool_uses(agentpg_test.task_for('worker', call)), from_run);
  if (select e.child_run_id is not null from agentpg.tool_executions e where e.tool_use_id = call) then
    perform agentpg_test.child_of(call, into_run);
  end if;
  return agentpg_test.claim_one();
end
$$;
select given_instance();
select given_agent('worker');
select agentpg.update_agent(agent_id('worker'), jsonb_build_object('agent_ids', jsonb_build_array(agent_id('worker')), 'config', '{"allow_recursion": true}'::jsonb));
select given_run(agent => 'worker', options => '{"max_depth": 2}');
select is(claim_one(), 'run');
select is(pg_temp.descend('run', 'toolu_1', 'one'), 'one');
select is(pg_temp.descend('one', 'toolu_2', 'two'), 'two');
select is(pg_temp.descend('two', 'toolu_3', 'three'), 'two', 'the run that may not delegate is told and goes on');
select is(results_of('toolu_3'), array['error: The agent worker was not started: delegates may go 2 deep, and this run is there.']);
select answer(reply_text('At the bottom.'), 'two');
select is(claim_one(), 'one');
select answer(reply_text('Above.'), 'one');
select is(claim_one(), 'run');
select answer(reply_text('On top.'));
select is(state_of(), 'completed');
select is((select array_agg(n.path || ' ' || n.depth || ' ' || n.total_runs order by n.path) from agentpg.run_tree(run_id()) n), '{"1 0 3","1.1 1 2","1.1.1 2 1"}');

-- Without the option the setting counts, and 0 is never.
select agentpg.configure('{"max_depth": 1}');
select given_run('again', session => 'again', agent => 'worker');
select claim_one();
select is(pg_temp.descend('again', 'toolu_4', 'four'), 'four');
select is(pg_temp.descend('four', 'toolu_5', 'five'), 'four');
select answer(reply_text(), 'four');
select is(claim_one(), 'again');
select given_run('never', session => 'never', agent => 'worker', options => '{"max_depth": 0}');
select claim_one();
select is(pg_temp.descend('never', 'toolu_6', 'six'), 'never');
select refused($$ select agentpg.create_run(session_id(), agent_id('worker'), 'Hi', options => '{"max_depth": -1}') $$, 'AP108', '');
select throws_ok($$ select agentpg.configure('{"max_depth": -1}') $$, 'AP116');
select all_is_well();

select * from finish();
rollback;
