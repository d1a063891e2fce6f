begin;
select plan(18);

select given_instance('{pay}');
select given_agent('worker', tools => '{pay}');
select given_agent('manager');
select agentpg.update_agent(agent_id('manager'), jsonb_build_object('agent_ids', jsonb_build_array(agent_id('worker'))));
create function pg_temp.child(tool_use_id text) returns uuid language sql as $$ select e.child_run_id from agentpg.tool_executions e where e.tool_use_id = child.tool_use_id $$;
select given_run(agent => 'manager', options => '{"approval": ["worker", "pay"]}');
select claim_one();
select answer(reply_tool_uses(tool_use_block('d1', 'worker', '{"task": "Pay all."}'), tool_use_block('d2', 'worker', '{"task": "Pay none."}'),
  tool_use_block('d3', 'worker', '{"task": "Pay some."}')));
select is((select count(*) from agentpg.run_inputs i where i.parent_run_id = run_id()), 0::bigint, 'none has started');
select is((select bool_and(a.is_agent_tool) from agentpg.list_approvals(run_id => run_id()) a), true);
select is(agentpg.approve_tool(tool_execution_id('d1')), true);
select is(tool_state('d1'), 'running');
select is((select m.content #>> '{0,text}' from agentpg.messages m where m.run_id = pg_temp.child('d1')), 'Pay all.');
select is(agentpg.approve_tool(tool_execution_id('d1')), false);
select is(agentpg.approve_tool(tool_execution_id('d2'), input => '{"task": "Pay one."}'), true);
select is((select m.content #>> '{0,text}' from agentpg.messages m where m.run_id = pg_temp.child('d2')), 'Pay one.', 'the person''s task is the task');
select is(agentpg.approve_tool(tool_execution_id('d3'), input => '{"job": "?"}'), true, 'one that cannot start');
select is((select c.output from agentpg.run_tool_calls(run_id()) c where c.tool_use_id = 'd3'),
  E'A person changed the input of this call before it was carried out. It was called with: {"job": "?"}\n\nThe agent worker was not started: it takes one text, task, which must not be empty.');

-- What the run asks for holds below it too; its name of the delegate is not the business of the delegate.
select remember('run', 'child', pg_temp.child('d1'));
select claim_one();
select answer(reply_tool_use('c1', 'pay'), 'child');
select is(tool_state('c1'), 'awaiting_approval');
select is((select row(a.run_id, a.root_run_id, a.agent_name)::text from agentpg.list_approvals(run_id => run_id()) a), row(run_id('child'), run_id(), 'worker')::text,
  'the first run of a tree stands for all of it');
select is((select count(*) from agentpg.list_approvals(run_id => run_id('child'))), 1::bigint);
select agentpg.cancel_run(run_id());
select is(tool_state('c1'), 'skipped');
select refused(format('select agentpg.approve_tool(%L)', tool_execution_id('c1')), 'AP202');

-- By id, a delegate is meant whatever it is called.
select agentpg.update_agent(agent_id('manager'), jsonb_build_object('config', jsonb_build_object('approval', jsonb_build_array(agent_id('worker')))));
select agentpg.update_agent(agent_id('worker'), '{"name": "clerk"}');
select given_run('second', agent => 'manager', session => 'second'), claim_one(), answer(reply_tool_use('e1', 'clerk', '{"task": "Pay."}'), 'second');
select is(tool_state('e1'), 'awaiting_approval');
select is(agentpg.reject_tool(tool_execution_id('e1')), true);
select is((select count(*) from agentpg.invariant_violations), 0::bigint);

select * from finish();
rollback;
