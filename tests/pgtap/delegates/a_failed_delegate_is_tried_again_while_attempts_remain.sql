begin;
select plan(13);

create function pg_temp.fail(run text) returns void language sql as $$
  select agentpg.record_failure(agentpg_test.iteration_id(run), agentpg_test.run_lease(run), '{"type": "invalid_request_error", "status": 400, "message": "no"}')
$$;
select agentpg.configure('{"delegate_max_attempts": 2}');
select given_child();
select claim_one();
select pg_temp.fail('child');
select is(results_of(), null, 'the model is told nothing yet');
select is(state_of('child'), 'failed');
select child_of('toolu_1', 'second');
select isnt(run_id('second'), run_id('child'), 'another run, in a session of its own');
select isnt((agentpg.get_run(run_id('second'))).session_id, (agentpg.get_run(run_id('child'))).session_id);
select is((select row(t.state, t.attempt, t.child_run_id)::text from agentpg.run_tool_calls(run_id()) t), row('running', 2, run_id('second'))::text);
select is(claim_one(), 'second');
select all_is_well();
select pg_temp.fail('second');
select is(results_of(), array['error: The agent failed: invalid_request_error: no.'], 'the last one is told');
select is((select array_agg(n.path || ' ' || n.state order by n.path) from agentpg.run_tree(run_id()) n), '{"1 pending","1.1 failed","1.2 failed"}');
-- What is cancelled is meant, and not tried again; nor is what can no longer start.
select claim_one();
select answer(reply_tool_uses(task_for('worker', 'toolu_2'), task_for('worker', 'toolu_3')));
select child_of('toolu_2');
select agentpg.cancel_run(run_id('child'));
select is(results_of('toolu_2'), array['error: The agent was cancelled.']);
select child_of('toolu_3', 'third');
select claim_one();
select agentpg.delete_agent(agent_id('worker'));
select pg_temp.fail('third');
select is(results_of('toolu_3'), array['error: The agent failed: invalid_request_error: no.']);
select is(claim_one(), 'run');
select all_is_well();

select * from finish();
rollback;
