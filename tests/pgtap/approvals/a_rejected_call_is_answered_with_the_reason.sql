begin;
select plan(13);

select given_instance('{pay,look}');
select given_agent(tools => '{pay,look}');
select given_run(options => '{"approval": ["pay"]}');
select claim_one();
select answer(reply_tool_uses(tool_use_block('t1', 'pay'), tool_use_block('t2', 'look'), tool_use_block('t3', 'pay')));
select is(agentpg.reject_tool(tool_execution_id('t1'), 'too dear', 'ada'), true);
select is(tool_state('t1'), 'failed');
select is((select row(a.decision, a.decided_by, a.note)::text from agentpg.tool_approvals a where a.tool_execution_id = tool_execution_id('t1')),
  '(rejected,ada,"too dear")');
select is(agentpg.reject_tool(tool_execution_id('t1'), 'whatever'), false, 'once more is harmless');
select refused(format('select agentpg.approve_tool(%L)', tool_execution_id('t1')), 'AP231', 'first decision counts');
select is(ids_in_error(format('select agentpg.approve_tool(%L)', tool_execution_id('t1'))) - 'decided_at',
  jsonb_build_object('tool_execution_id', tool_execution_id('t1'), 'run_id', run_id(), 'decision', 'rejected', 'decided_by', 'ada'));
select is(state_of(), 'pending_tools', 'the others are waited for');
select finish_tool('t2');
select is(agentpg.reject_tool(tool_execution_id('t3')), true, 'without a reason, by nobody in particular');
select is((select a.decided_by from agentpg.tool_approvals a where a.tool_execution_id = tool_execution_id('t3')), session_user::text);
select is(state_of(), 'pending', 'the last one sends the run on');
select claim_one();
select is(request_of() #> '{messages,2,content}', '[
  {"type": "tool_result", "tool_use_id": "t1", "content": "Not carried out: a person rejected this call. too dear", "is_error": true},
  {"type": "tool_result", "tool_use_id": "t2", "content": "done"},
  {"type": "tool_result", "tool_use_id": "t3", "content": "Not carried out: a person rejected this call.", "is_error": true}
]');
select is(array(select t.event || ' ' || coalesce(t.actor, '-') || ' ' || t.detail from agentpg.run_timeline(run_id()) t where t.event like 'approval%' and t.detail like '%dear%'),
  '{"approval refused ada pay: too dear"}');
select is((select count(*) from agentpg.invariant_violations), 0::bigint);

select * from finish();
rollback;
