begin;
select plan(16);

select given_instance('{pay}');
select given_agent(tools => '{pay}');
select given_run(options => '{"approval": true}');
select claim_one();
select answer(reply_tool_uses(tool_use_block('t1', 'pay', '{"amount": 700}'), tool_use_block('t2', 'pay', '{"amount": 1}'),
  tool_use_block('t3', 'pay', '{"amount": 2}'), tool_use_block('t4', 'pay', '{"amount": 3}')));
select refused(format('select agentpg.approve_tool(%L, input => %L)', tool_execution_id('t1'), i.input), 'AP103')
from unnest('{"[1]","\"x\"","null"}'::text[]) as i(input);
select agentpg.configure('{"max_content_bytes": 100}');
select refused(format($$ select agentpg.approve_tool(%L, input => jsonb_build_object('x', repeat('x', 100))) $$, tool_execution_id('t1')), 'AP105');
select is(agentpg.approve_tool(tool_execution_id('t1'), 'ada', input => '{"amount": 70}'), true);
select is(agentpg.approve_tool(tool_execution_id('t1'), input => '{"amount": 70}'), false, 'the same again is harmless');
select refused(format('select agentpg.approve_tool(%L)', tool_execution_id('t1')), 'AP231');
select refused(format($$ select agentpg.approve_tool(%L, input => '{"amount": 71}') $$, tool_execution_id('t1')), 'AP231');
select is(agentpg.approve_tool(tool_execution_id('t2'), input => '{"amount": 1}'), true);
select is((select a.edited_input from agentpg.tool_approvals a where a.tool_execution_id = tool_execution_id('t2')), null, 'an edit that changes nothing is none');
select agentpg.approve_tool(tool_execution_id(t.id), input => '{"amount": 0}') from unnest('{t3,t4}'::text[]) as t(id);
select is(array(select c.input from agentpg.claim_tool_executions(instance_id(), 10) c order by c.tool_use_id),
  array['{"amount": 70}', '{"amount": 1}', '{"amount": 0}', '{"amount": 0}']::jsonb[]);
select remember('tool_execution', e.tool_use_id, e.id, e.lease_token) from agentpg.tool_executions e;
select finish_tool('t1', '"paid"'), finish_tool('t2', '"paid"'), finish_tool('t3', '[{"type": "text", "text": "paid"}]'), finish_tool('t4', '""');
select claim_one();
select is(request_of() #> '{messages,1,content,0,input}', '{"amount": 700}', 'the transcript keeps what the model asked for');
select is(request_of() #>> '{messages,2,content,0,content}',
  E'A person changed the input of this call before it was carried out. It was called with: {"amount": 70}\n\npaid');
select is(request_of() #>> '{messages,2,content,1,content}', 'paid');
select is(request_of() #> '{messages,2,content,2,content}', jsonb_build_array(
  text_block('A person changed the input of this call before it was carried out. It was called with: {"amount": 0}'), text_block('paid')));
select is(request_of() #>> '{messages,2,content,3,content}',
  'A person changed the input of this call before it was carried out. It was called with: {"amount": 0}');

select * from finish();
rollback;
