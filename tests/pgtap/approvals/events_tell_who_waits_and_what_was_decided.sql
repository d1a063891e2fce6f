begin;
select plan(6);

create function pg_temp.told() returns text[] language sql as $$
  select array_agg(e.kind || coalesce(' ' || (e.data ->> 'tool_use_id'), '') order by e.seq) from agentpg.read_events(run_id(), max_count => 1000) e
  where e.kind ~ 'approval|tool|run_started'
$$;
select given_instance('{pay}');
select given_agent('worker');
select given_agent('assistant', tools => '{pay}');
select agentpg.update_agent(agent_id(), jsonb_build_object('agent_ids', jsonb_build_array(agent_id('worker'))));
select given_run(options => '{"approval": ["worker"]}');
select claim_one();
select answer(reply_tool_uses(tool_use_block('t1', 'pay', '{"amount": 7}'), tool_use_block('t2', 'worker', '{"task": "x"}'), tool_use_block('t3', 'worker', '{"task": "y"}')));
select agentpg.request_approval(tool_execution_id('t1'), tool_lease('t1'), 'above 5');
select agentpg.approve_tool(tool_execution_id('t1'), 'ada', input => '{"amount": 5}');
select agentpg.approve_tool(tool_execution_id('t2'));
select agentpg.reject_tool(tool_execution_id('t3'), 'no');
select claim_tool();
select is(pg_temp.told(), array['tool_started t1', 'approval_requested t2', 'approval_requested t3', 'approval_requested t1', 'approval_decided t1',
  'approval_decided t2', 'tool_started t2', 'run_started', 'approval_decided t3', 'tool_finished t3', 'tool_started t1']);
select is((select e.data - array['expires_at', 'input_hash'] from agentpg.read_events(run_id()) e where e.kind = 'approval_requested' and e.data ->> 'tool_use_id' = 't1'),
  '{"tool_use_id": "t1", "name": "pay", "iteration": 1, "is_agent_tool": false, "input": {"amount": 7}, "reason": "above 5"}');
select is((select e.data from agentpg.read_events(run_id()) e where e.kind = 'approval_decided' and e.data ->> 'tool_use_id' = 't1'),
  '{"tool_use_id": "t1", "name": "pay", "iteration": 1, "is_agent_tool": false, "input": {"amount": 7}, "decision": "approved", "decided_by": "ada", "note": null, "edited_input": {"amount": 5}}');
select is((select e.data -> 'input' from agentpg.read_events(run_id()) e where e.kind = 'tool_started' and e.data ->> 'tool_use_id' = 't1' order by e.seq desc limit 1),
  '{"amount": 5}', 'what the tool gets');
select agentpg.cancel_run(run_id());
select given_run('quiet', session => 'quiet', options => '{"approval": true, "events": false}'), claim_one(), answer(reply_tool_use('q1', 'pay'), 'quiet');
select is(agentpg.approve_tool(tool_execution_id('q1')), true);
select is((select count(*) from agentpg.read_events(run_id('quiet'))), 0::bigint, 'a run without events has none');

select * from finish();
rollback;
