begin;
select plan(6);

select given_instance('{lookup}', 'leaving');
select given_instance('{lookup}', 'staying');
select given_agent(tools => '{lookup}');
select given_run('a', session => 's1'), claim_one('leaving');
select given_run('b', session => 's2'), claim_one('leaving'), answer(reply_tool_use('toolu_1', 'lookup'), 'b');
select agentpg.deregister_instance(instance_id('leaving'));
select is_empty($$ select * from agentpg.instances i where i.name = 'leaving' $$);
select is_empty(format('select * from agentpg.instance_tools where instance_id = %L', instance_id('leaving')));
select is(claim_one('staying'), 'a');
select is(claim_tool('staying'), 'toolu_1');
select is((select t.attempt from agentpg.tool_calls t), 1, 'no attempt was spent');
select is((select count(*)::integer from agentpg.failed_attempts), 0, 'nothing failed');

select * from finish();
rollback;
