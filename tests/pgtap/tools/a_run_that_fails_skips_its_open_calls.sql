begin;
select plan(3);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
select agentpg._finalize_run(r, 'failed', null, 'test', 'test') from agentpg.runs r;
select is(tool_state('toolu_1'), 'skipped');
select is((select t.output from agentpg.run_tool_calls(run_id()) t), 'Not finished: the run ended.');
select refused(format('select * from agentpg.complete_tool(%L, %L, ''""'')', tool_execution_id('toolu_1'), tool_lease('toolu_1')), 'AP210');

select * from finish();
rollback;
