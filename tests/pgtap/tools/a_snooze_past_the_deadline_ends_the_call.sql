begin;
select plan(5);

select given_instance('{lookup}');
select agentpg.configure('{"tool_deadline": "1 minute"}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
create temporary table before as select everything() as all_rows;
select refused(format('select agentpg.snooze_tool(%L, %L, %s)', tool_execution_id('toolu_1'), tool_lease('toolu_1'), d.delay), 'AP108', '')
from (values ('null'), ('interval ''-1 second''')) as d(delay);
select is(everything(), (select b.all_rows from before b), 'nothing was written');
select is(agentpg.snooze_tool(tool_execution_id('toolu_1'), tool_lease('toolu_1'), '61 seconds'), null);
select is((select row(t.state, t.output)::text from agentpg.run_tool_calls(run_id()) t), '(failed,"The tool gave up: not finished within 00:01:00.")');

select * from finish();
rollback;
