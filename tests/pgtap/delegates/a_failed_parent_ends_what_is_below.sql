begin;
select plan(6);

select given_instance('{lookup}');
select given_agent('worker');
select given_manager(tools => '{lookup}');
select given_child();
select claim_one();
select agentpg.configure('{"max_tool_output_bytes": 100}');
-- A run with open calls fails through its deadline or by hand; here by the function that every path ends in.
select agentpg._finalize_run(r, 'failed', null, 'request_too_large', 'too much') from agentpg.runs r where r.id = run_id();
select is(state_of('child'), 'cancelled');
select is(results_of(), array['error: Not finished: the run ended.']);
select refused($$ select answer(reply_text('late'), 'child') $$, 'AP202', 'drop');
-- An answer above the limit is cut as that of any tool.
select given_run('again', session => 'again', agent => 'manager');
select claim_one();
select answer(reply_tool_uses(task_for('worker', 'toolu_2')), 'again');
select child_of('toolu_2', 'talker');
select claim_one();
select answer(reply_text(repeat('x', 1000)), 'talker');
select alike((results_of('toolu_2'))[1], '%[cut: the first 100 of 1000 bytes]');
select is((agentpg.get_response(run_id('talker'))).text, repeat('x', 1000), 'its run has it whole');
select all_is_well();

select * from finish();
rollback;
