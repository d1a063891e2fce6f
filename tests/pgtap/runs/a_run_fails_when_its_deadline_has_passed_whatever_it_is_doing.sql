begin;
select plan(9);

select freeze('2026-11-22 12:00Z');
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run('waiting', session => 's1', options => '{"deadline": "2026-11-22T12:10:00Z"}');
select given_run('queued', session => 's1');
select is(agentpg.run_maintenance() ->> 'overdue_runs', '0', 'not before its time');
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'), 'waiting');
select freeze('2026-11-22 12:10:01Z');
select agentpg.heartbeat(instance_id(), jsonb_build_array(jsonb_build_object(
  'tool_execution_id', tool_execution_id('toolu_1'), 'lease_token', tool_lease('toolu_1'))));
select is(agentpg.run_maintenance() ->> 'overdue_runs', '1');
select is((select row(r.state, r.error_type)::text from agentpg.get_run(run_id('waiting')) r), '(failed,deadline_exceeded)');
select is(tool_state('toolu_1'), 'skipped');
select is(claim_one(), 'queued', 'the session goes on');
select refused(format('select agentpg.complete_tool(%L, %L, ''1'')', tool_execution_id('toolu_1'), tool_lease('toolu_1')), 'AP210');
select is_empty('select * from agentpg.invariant_violations');
select refused(format('select agentpg.create_run(%L, %L, ''Late'', options => ''{"deadline": "2026-11-22T12:00:00Z"}'')', session_id('s1'), agent_id()), 'AP111');
select refused(format('select agentpg.create_run(%L, %L, ''Never'', options => ''{"deadline": "infinity"}'')', session_id('s1'), agent_id()), 'AP111');

select * from finish();
rollback;
