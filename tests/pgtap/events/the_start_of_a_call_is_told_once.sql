begin;
select plan(2);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_uses(tool_use_block('toolu_1', 'lookup'), tool_use_block('toolu_2', 'lookup')), claim_tools => false);
select claim_tool();
select claim_tool();
select is(kinds(), '{model_call_finished,tool_started,tool_started}');
-- As if somebody had held the stream at the claim.
update agentpg.tool_executions e set start_told = false where e.tool_use_id = 'toolu_2';
delete from agentpg.run_events e where e.tool_execution_id = tool_execution_id('toolu_2');
select finish_tool('toolu_1');
select finish_tool('toolu_2');
select is(kinds(), '{model_call_finished,tool_started,tool_finished,tool_started,tool_finished}');

select * from finish();
rollback;
