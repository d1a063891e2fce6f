begin;
select plan(10);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select refused(format('select agentpg.create_run(%L, %L, ''x'', options => ''{"max_iterations": 65536}'')', agentpg.create_session(), agent_id()), 'AP108', '');
select refused('select agentpg.create_agent(name => ''n'', model => ''m'', config => ''{"max_iterations": 65536}'')', 'AP108', '');
select refused('select agentpg.configure(''{"max_iterations": 65536}'')', 'AP116', 'settings_limits_positive');

select given_run(options => '{"max_iterations": 65535}');
update agentpg.runs set iteration_number = 65534, iteration_id = agentpg._iteration_id(id, 65534);
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
select is(finish_tool('toolu_1', claim_next => true), 'run', 'the one before the last');
select answer(reply_tool_use('toolu_2', 'lookup'));
select is(finish_tool('toolu_2', claim_next => true), null, 'there is no number for another');
select is((select row(r.state, r.stop_reason, r.current_iteration)::text from agentpg.get_run(run_id()) r), '(awaiting_input,max_iterations,65535)');
select refused(format('select agentpg.continue_run(%L)', run_id()), 'AP108', 'start another run of its session');

select given_run('other', session => 'other'), claim_one(), answer(reply_text('Half', 'max_tokens'), 'other');
update agentpg.runs set iteration_number = 65000, iteration_id = agentpg._iteration_id(id, 65000) where id = run_id('other');
select is(agentpg.continue_run(run_id('other'), options => '{"max_iterations": 1000}'), run_id('other'));
select is((select r.iteration_limit from agentpg.runs r where r.id = run_id('other')), 65535, 'as many as there can be');
select is((select r.iteration_limit from agentpg.runs r where r.id = run_id()), null);

select * from finish();
rollback;
