begin;
select plan(2);

select given_instance();
select agentpg.configure('{"tool_deadline": "10 seconds"}');
select agentpg.register_tools(instance_id(), '[{"name": "lookup", "input_schema": {"type": "object"}, "max_attempts": 100}]');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
select agentpg.fail_tool(tool_execution_id('toolu_1'), tool_lease('toolu_1'), 'x');
select is(tool_state('toolu_1'), 'pending');
select claim_tool();
select advance('11 seconds');
select agentpg.fail_tool(tool_execution_id('toolu_1'), tool_lease('toolu_1'), 'x');
select is(tool_state('toolu_1'), 'failed');

select * from finish();
rollback;
