begin;
select plan(8);

select given_instance('{lookup,secret}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select is(answer(reply_tool_uses(tool_use_block('toolu_1', 'invented'), tool_use_block('toolu_2', 'lookup'), tool_use_block('toolu_3', 'secret'))), 1);
select is(tool_state('toolu_1'), 'failed');
select is(tool_state('toolu_3'), 'failed', 'one that others have, but not this agent, is as unknown');
select is((select r.open_tools from agentpg.get_run(run_id()) r), 1);
select is(
  (select t.output from agentpg.run_tool_calls(run_id()) t where t.tool_use_id = 'toolu_1'), 'There is no tool named invented. Available tools: lookup.'
);
select is((select row(t.is_error, t.error_message)::text from agentpg.run_tool_calls(run_id()) t where t.tool_use_id = 'toolu_1'), '(t,"no tool is named invented")');
select is(finish_tool('toolu_2', claim_next => true), 'run');
select is((select count(*)::integer from jsonb_array_elements(request_of() #> '{messages,2,content}') b where b ->> 'type' = 'tool_result'), 3, 'every call has its result in one user message');

select * from finish();
rollback;
