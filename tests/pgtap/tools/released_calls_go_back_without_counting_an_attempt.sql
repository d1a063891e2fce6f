begin;
select plan(8);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_uses(tool_use_block('toolu_1', 'lookup'), tool_use_block('toolu_2', 'lookup')));
select is(agentpg.release_tools(instance_id(), array[tool_execution_id('toolu_1')]), 1);
select is(tool_state('toolu_2'), 'running');
select is(agentpg.release_tools(instance_id()), 1);
select is(agentpg.release_tools(instance_id()), 0);
select is((select array_agg(t.attempt) from agentpg.tool_calls t), '{0,0}');
select is((select count(*)::integer from agentpg.failed_attempts), 0, 'nothing failed');
select refused(format('select * from agentpg.complete_tool(%L, %L, ''""'')', tool_execution_id('toolu_1'), tool_lease('toolu_1')), 'AP210');
select isnt(claim_tool(), null, 'others go on at once');

select * from finish();
rollback;
