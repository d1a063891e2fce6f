begin;
select plan(4);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run(options => '{"max_iterations": 2}');
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
select is(finish_tool('toolu_1', claim_next => true), 'run');
select answer(reply_tool_use('toolu_2', 'lookup'));
select is(finish_tool('toolu_2', claim_next => true), null, 'a third call of the model is not allowed');
select is((select row(r.state, r.stop_reason, r.current_iteration)::text from agentpg.get_run(run_id()) r), '(awaiting_input,max_iterations,2)');
select is((select count(*)::integer from agentpg.messages m where m.content #>> '{0,type}' = 'tool_result'), 2, 'both calls have their result');

select * from finish();
rollback;
