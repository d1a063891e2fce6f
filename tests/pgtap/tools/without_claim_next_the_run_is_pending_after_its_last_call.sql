begin;
select plan(5);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
select is(finish_tool('toolu_1', '""'), null);
select is((select row(r.state, r.current_iteration, r.attempt)::text from agentpg.get_run(run_id()) r), '(pending,2,0)');
select is(claim_one(), 'run');
select is(request_of() #> '{messages,2,content,0}', '{"type": "tool_result", "tool_use_id": "toolu_1"}', 'an empty output has no content');
select is((select t.output from agentpg.run_tool_calls(run_id()) t), '', 'its text is empty');

select * from finish();
rollback;
