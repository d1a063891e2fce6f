begin;
select plan(4);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
select agentpg.cancel_run(run_id());
create temporary table before as select everything() as all_rows;
select refused(format('select * from agentpg.complete_tool(%L, %L, ''"late"'')', tool_execution_id('toolu_1'), tool_lease('toolu_1')), 'AP202', 'drop the work');
select refused(format('select * from agentpg.fail_tool(%L, %L, ''late'')', tool_execution_id('toolu_1'), tool_lease('toolu_1')), 'AP202', 'drop the work');
select refused(format('select agentpg.snooze_tool(%L, %L, ''1 second'')', tool_execution_id('toolu_1'), tool_lease('toolu_1')), 'AP202', 'drop the work');
select is(everything(), (select b.all_rows from before b), 'nothing was written');

select * from finish();
rollback;
