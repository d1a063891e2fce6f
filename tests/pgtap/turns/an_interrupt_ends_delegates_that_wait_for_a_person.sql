begin;
select plan(20);

-- The delegate's own call waits for a person, in a tree under a budget; beside it another delegate speaks.
select given_instance('{lookup}');
select given_agent('worker', '{lookup}');
select given_manager('manager', '{worker}');
select given_run(agent => 'manager', options => '{"approval": ["lookup"], "max_tokens": 1000000}');
select claim_one();
select answer(reply_tool_uses(task_for('worker', 'toolu_1'), task_for('worker', 'toolu_2')));
select child_of('toolu_1', 'one');
select child_of('toolu_2', 'two');
select claim_one() from generate_series(1, 2);
select answer(reply_tool_use('toolu_deep', 'lookup'), 'one');
select is((select count(*) from agentpg.list_approvals(run_id => run_id())), 1::bigint);
select tool_execution_id into temporary waiting from agentpg.list_approvals();

-- A fork now ends before the turn that is under way.
select remember('session', 'fork', agentpg.fork_session(session_id()));
select is((select s.forked_at_seq from agentpg.sessions s where s.id = session_id('fork')), 0::bigint);
select refused(format('select agentpg.regenerate_run(%L)', run_id()), 'AP220');
select refused(format('select agentpg.regenerate_run(%L)', run_id('one')), 'AP221');

select remember('run', 'next', agentpg.create_run(session_id(), agent_id('manager'), 'Stop that.', options => '{"on_busy": "interrupt"}'));
select is(state_of(), 'cancelled');
select is(state_of('one'), 'cancelled');
select is(state_of('two'), 'cancelled');
select is_empty('select * from agentpg.list_approvals()');
select refused(format('select agentpg.approve_tool(%L)', (select tool_execution_id from waiting)), 'AP202');
select is_empty($$ select * from agentpg.budget_usage u where u.run_id = run_id() and (u.reserved_tokens <> 0 or u.reserved_cost_usd <> 0) $$,
  'nothing stays reserved');
select is(
  (select array_agg(e.kind order by e.seq) from (
    select * from agentpg.read_events(run_id()) e order by e.seq desc limit 1
  ) e),
  '{run_ended}', 'the end of the root is the last event of its stream'
);
select is((select count(*) from agentpg.read_events(run_id()) e where e.kind = 'run_ended'), 3::bigint);
select is_empty('select * from agentpg.invariant_violations');

-- The cancelled turn is followed by another one: it is made anew on a fork.
select is(claim_one(), 'next');
select answer(reply_text('Stopped.'), 'next');
select remember('run', 'anew', agentpg.regenerate_run(run_id()));
select isnt((select r.session_id from agentpg.get_run(run_id('anew')) r), session_id());
select is((select count(*) from agentpg.budget_usage u where u.run_id = run_id('anew') and u.used_tokens = 0), 1::bigint, 'its budget is its own');
select is(claim_one(), 'anew');
select answer(reply_text('Anew.'), 'anew');
select is(state_of('anew'), 'completed');
select is((select count(*) from agentpg.run_tree(run_id('anew'))), 1::bigint);
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
