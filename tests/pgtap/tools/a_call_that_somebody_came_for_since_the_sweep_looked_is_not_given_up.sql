begin;
select plan(5);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one(), answer(reply_tool_use('toolu_1', 'lookup'), claim_tools => false);
create function pg_temp.give_up() returns boolean language sql as $$ select agentpg._give_up_call(tool_execution_id('toolu_1'), 'Nobody offers it.', 'not_offered') $$;
select is(pg_temp.give_up(), false, 'it is offered again');
select is(claim_tool(), 'toolu_1');
delete from agentpg.instance_tools;
select is(pg_temp.give_up(), false, 'it is being executed');
select finish_tool('toolu_1');
select is(pg_temp.give_up(), false, 'it has ended');
select claim_one(), answer(reply_tool_use('toolu_2', 'lookup'));
select is(agentpg._give_up_call(tool_execution_id('toolu_2'), 'Nobody offers it.', 'not_offered'), true, 'else it is');

select * from finish();
rollback;
