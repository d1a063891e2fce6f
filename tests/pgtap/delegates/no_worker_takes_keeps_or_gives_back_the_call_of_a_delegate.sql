begin;
select plan(12);

select given_child();
create temp table call as select to_jsonb(e) as was from agentpg.tool_executions e;
select given_tools('{worker}', instance_id());
select is(claim_tool(), null);
select refused($$ select agentpg.complete_tool(tool_execution_id('toolu_1'), null, '"x"') $$, 'AP210', 'drop');
select refused($$ select agentpg.complete_tool(tool_execution_id('toolu_1'), gen_random_uuid(), '"x"') $$, 'AP210', 'drop');
select refused($$ select agentpg.fail_tool(tool_execution_id('toolu_1'), null, 'x') $$, 'AP210', 'drop');
select refused($$ select agentpg.snooze_tool(tool_execution_id('toolu_1'), null, '1 second') $$, 'AP210', 'drop');
select is(agentpg.release_tools(instance_id()), 0);
select is(agentpg.release_tools(null), 0);
-- Neither leases nor the deadline of tools end it.
select advance('3 days');
select maintain();
select agentpg.deregister_instance(instance_id());
select is((select to_jsonb(e) from agentpg.tool_executions e), (select was from call));
select is(state_of('child'), 'pending');
select given_instance();
select is(claim_one(), 'child');
select answer(reply_text('Late but here.'), 'child');
select is(results_of(), '{"Late but here."}');
select all_is_well();

select * from finish();
rollback;
