begin;
select plan(5);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select agentpg.configure('{"tool_deadline": "10 seconds"}');
select given_run(), claim_one();
select is(answer(reply_tool_use('t1', 'lookup')), 1);
select advance('11 seconds');
select is((agentpg.run_maintenance() ->> 'overdue_tools')::integer, 1, 'the worker holds it still, but its time is up');
select refused(format('select * from agentpg.fail_tool(%L, %L, ''late'')', tool_execution_id('t1'), tool_lease('t1')), 'AP210', 'drop the work');
select refused(format('select * from agentpg.complete_tool(%L, %L, ''"late"'')', tool_execution_id('t1'), tool_lease('t1')), 'AP210', 'drop the work');
select refused(format('select * from agentpg.snooze_tool(%L, %L, ''1 second'')', tool_execution_id('t1'), tool_lease('t1')), 'AP210', 'drop the work');

select * from finish();
rollback;
