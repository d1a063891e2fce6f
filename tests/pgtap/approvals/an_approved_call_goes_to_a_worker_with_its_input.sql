begin;
select plan(15);

select freeze('2026-11-22 12:00Z');
select given_instance('{pay}');
select given_agent(tools => '{pay}');
select given_run(options => '{"approval": true}');
select claim_one();
select answer(reply_tool_use('t1', 'pay', '{"amount": 7}'));
select is((select row(w.reason, w.detail, w.until)::text from agentpg.why_waiting(run_id()) w),
  row('tool_approval', format('tool pay waits for a person: agentpg approvals approve %s (or in SQL agentpg.approve_tool)', tool_execution_id('t1')), '2026-11-29 12:00Z'::timestamptz)::text);
select is((select c.state::text from agentpg.run_tool_calls(run_id()) c), 'awaiting_approval');
select is((select r.tool_calls -> 0 ->> 'state' from agentpg.get_response(run_id()) r), 'awaiting_approval');

select advance('3 days');
select is((select maintain() ->> 'overdue_tools'), '0', 'the deadline of tools does not count while it waits');
select given_instance('{pay}');
select is(agentpg.approve_tool(tool_execution_id('t1'), decided_by => 'ada', note => 'fine',
  input_hash => (select a.input_hash from agentpg.list_approvals() a)), true);
select is(tool_state('t1'), 'pending');
select is((select e.deadline_at from agentpg.tool_executions e), '2026-11-26 12:00Z'::timestamptz, 'it counts from here');
select is(agentpg.approve_tool(tool_execution_id('t1'), decided_by => 'bob'), false, 'once more is harmless');
select is((select row(a.decision, a.decided_by, a.decided_role, a.note)::text from agentpg.tool_approvals a),
  row('approved', 'ada', session_user, 'fine')::text, 'the first counts');
select is((select count(*) from agentpg.list_approvals()), 0::bigint);
select is(claim_tool(), 't1');
select is((select h.input from agentpg._hand_out_tools(array[tool_execution_id('t1')]) h), '{"amount": 7}');
select is(agentpg.approve_tool(tool_execution_id('t1')), false, 'and while it runs');
select agentpg.fail_tool(tool_execution_id('t1'), tool_lease('t1'), 'no network');
select is(claim_tool(), 't1', 'what is tried again is not asked again');
select finish_tool('t1', '"paid"'), claim_one();
select is(request_of() #>> '{messages,2,content,0,content}', 'paid');

select * from finish();
rollback;
