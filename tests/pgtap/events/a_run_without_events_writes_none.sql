begin;
select plan(8);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run('quiet', options => '{"events": false}');
select is((select c.events from agentpg.claim_runs(instance_id()) c), false, 'its worker is told so');
select remember_claim(run_id('quiet'), r.iteration_id, r.lease_token, null) from agentpg.runs r where r.id = run_id('quiet');
select is(say('Psst', 'quiet'), '{"busy": [], "stale": 1, "published": 0}');
select answer(reply_tool_use('toolu_1', 'lookup'), 'quiet');
select agentpg.fail_tool(tool_execution_id('toolu_1'), tool_lease('toolu_1'), 'no');
select claim_tool();
select finish_tool('toolu_1', claim_next => true);
select agentpg.cancel_run(run_id('quiet'));
select is_empty($$ select from agentpg.run_events $$);
select is_empty($$ select from agentpg.run_streams $$);
select is((select row(w.events, w.last_seq, w.state)::text from agentpg.watch_run(run_id('quiet')) w), '(f,0,cancelled)');

select agentpg.configure('{"events": false}');
select given_run('by_setting', session => 'second');
select given_run('by_option', session => 'third', options => '{"events": true}');
select agentpg.update_agent(agent_id(), '{"config": {"events": true}}');
select given_run('by_agent', session => 'fourth');
select is((select array_agg(name_of_run(s.root_run_id) order by name_of_run(s.root_run_id)) from agentpg.run_streams s), '{by_agent,by_option}', 'the option over the agent over the setting');
select throws_ok($$ select given_run('bad', session => 'fifth', options => '{"events": "yes"}') $$, 'AP111');
select throws_ok($$ select agentpg.update_agent(agent_id(), '{"config": {"events": 1}}') $$, 'AP113');

select * from finish();
rollback;
