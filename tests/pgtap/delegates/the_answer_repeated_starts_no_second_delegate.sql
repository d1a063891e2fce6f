begin;
select plan(5);

select given_instance('{lookup}');
select given_agent('worker');
select given_manager(tools => '{lookup}');
select given_run(agent => 'manager');
select claim_one();
select remember('iteration', 'kept', iteration_id(), run_lease());
create temp table said as select reply_tool_uses(task_for('worker'), tool_use_block('toolu_2', 'lookup')) as response;
select is(answer((select response from said)), 1);
select is(answer((select response from said)), 1, 'the same claims');
select is((select count(*) from agentpg.runs), 2::bigint, 'and no other run');
select child_of();
select claim_one();
select answer(reply_text('Found.'), 'child');
select answer(reply_text('Found.'), 'child');
select is(results_of(), '{Found.}');
select all_is_well();

select * from finish();
rollback;
