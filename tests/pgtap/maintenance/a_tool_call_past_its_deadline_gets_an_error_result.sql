begin;
select plan(6);

select agentpg.configure('{"tool_deadline": "1 hour"}');
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
select is(agentpg.run_maintenance() ->> 'overdue_tools', '0');
select advance('61 minutes');
select agentpg.heartbeat(instance_id(), jsonb_build_array(jsonb_build_object(
  'tool_execution_id', tool_execution_id('toolu_1'), 'lease_token', tool_lease('toolu_1'))));
select is(agentpg.run_maintenance() ->> 'overdue_tools', '1', 'a worker that renews its lease for ever does not save it');
select is(tool_state('toolu_1'), 'failed');
select is(state_of(), 'pending', 'the run goes on');
select is((select c.output from agentpg.run_tool_calls(run_id()) c), 'The tool did not finish in time (01:00:00).');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
