begin;
select plan(9);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
-- Not even the first model call fits; its number is still free when the run goes on.
select given_run(options => '{"max_tokens": 10}');
select is(claim_one(), null);
select is((select row(r.state, r.stop_reason, r.current_iteration)::text from agentpg.get_run(run_id()) r), '(awaiting_input,run_max_tokens,1)');
select agentpg.continue_run(run_id());
select is(claim_one(), null, 'with the same limit it stops again');
select is(state_of(), 'awaiting_input');
select agentpg.continue_run(run_id(), options => '{"max_tokens": 100000, "max_iterations": 1}');
select is(claim_one(), 'run');
select is(context_of(), '{user: Hello?}');
select answer(reply_tool_use('t1', 'lookup')), finish_tool('t1');
select is((select row(r.state, r.stop_reason, r.current_iteration)::text from agentpg.get_run(run_id()) r), '(awaiting_input,max_iterations,1)');
select is((select array_agg(c.first_iteration order by c.number) from agentpg.run_continuations c), '{1,1}');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
