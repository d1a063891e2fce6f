begin;
select plan(12);

select freeze('2026-11-22 12:00Z');
select agentpg.configure('{"approval_timeout": "1 hour"}');
select given_instance('{pay}');
select given_agent(tools => '{pay}');
select given_run(options => '{"approval": true}');
select claim_one();
select answer(reply_tool_uses(tool_use_block('t1', 'pay'), tool_use_block('t2', 'pay')));
select is((select a.expires_at from agentpg.list_approvals() a limit 1), '2026-11-22 13:00Z'::timestamptz);
select agentpg.configure('{"approval_timeout": "2 hours"}');
select advance('59 minutes');
select is(maintain() ->> 'overdue_tools', '0');
select agentpg.approve_tool(tool_execution_id('t2'));
select advance('2 minutes');
select is(agentpg._give_up_call(tool_execution_id('t2'), 'late', 'deadline_exceeded'), false, 'what was approved since the sweep looked stays');
select is(maintain() ->> 'overdue_tools', '1');
select is(tool_state('t1'), 'failed');
select is((select row(a.decision, a.decided_by, a.decided_at)::text from agentpg.tool_approvals a where a.tool_execution_id = tool_execution_id('t1')),
  row('expired', null::text, '2026-11-22 13:01Z'::timestamptz)::text);
select refused(format('select agentpg.approve_tool(%L)', tool_execution_id('t1')), 'AP231');
select refused(format('select agentpg.reject_tool(%L)', tool_execution_id('t1')), 'AP231');
select is((select c.output from agentpg.run_tool_calls(run_id()) c where c.tool_use_id = 't1'), 'Not carried out: nobody approved this call in time.');
select refused($$ select agentpg.configure('{"approval_timeout": "0"}') $$, 'AP116', 'settings_approval_timeout_positive');
select refused($$ select agentpg.configure('{"approval_timeout": null}') $$, 'AP116', '');
select is(array(select t.event from agentpg.run_timeline(run_id()) t where t.event like 'approval%'),
  '{approval requested,approval requested,approval given,approval expired}');

select * from finish();
rollback;
