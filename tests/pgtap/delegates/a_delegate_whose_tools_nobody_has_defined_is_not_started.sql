begin;
select plan(6);

select given_instance();
select remember('agent', 'worker', (agentpg.create_agent('worker', 'claude-sonnet-4-5', tools => '{unheard_of}')).id);
select given_manager();
select given_run(agent => 'manager');
select claim_one();
select answer(reply_tool_uses(task_for('worker')));
select is(results_of(), array['error: The agent worker was not started: nobody has registered its tools unheard_of.']);
select is(claim_one(), 'run', 'the run goes on');
select given_tools('{unheard_of}');
select answer(reply_tool_uses(task_for('worker', 'toolu_2')));
select is(results_of('toolu_2'), null, 'now it works');
select isnt(child_of('toolu_2'), null);
select is(claim_one(), 'child');
select all_is_well();

select * from finish();
rollback;
