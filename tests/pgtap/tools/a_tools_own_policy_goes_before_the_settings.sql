begin;
select plan(4);

select given_instance();
select agentpg.register_tools(instance_id(), '[
  {"name": "once", "input_schema": {"type": "object"}, "max_attempts": 1},
  {"name": "often", "input_schema": {"type": "object"}, "max_attempts": 3},
  {"name": "usual", "input_schema": {"type": "object"}},
  {"name": "forever", "input_schema": {"type": "object"}, "max_attempts": 999999999}]');
select given_agent(tools => '{once,often,usual,forever}');
select agentpg.configure('{"tool_max_attempts": 4}');
select given_run();
select claim_one();
select is(answer(reply_tool_uses(tool_use_block('t1', 'once'), tool_use_block('t2', 'often'), tool_use_block('t3', 'usual'), tool_use_block('t4', 'forever'))), 4);
select is((select array_agg(t.max_attempts order by t.block_index) from agentpg.tool_calls t), '{1,3,4,32767}');
select agentpg.fail_tool(tool_execution_id('t1'), tool_lease('t1'), 'x');
select is(tool_state('t1'), 'failed');
select agentpg.fail_tool(tool_execution_id('t2'), tool_lease('t2'), 'x');
select is(tool_state('t2'), 'pending');

select * from finish();
rollback;
