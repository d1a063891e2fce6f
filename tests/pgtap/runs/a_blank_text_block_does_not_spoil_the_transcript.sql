begin;
select plan(9);

-- The model may write one; the API refuses each later request that holds one.
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
create temporary table reply as select reply_blocks(jsonb_build_array(
  '{"type": "thinking", "thinking": "", "signature": "s"}'::jsonb, text_block(E'\n\n'), text_block(''), tool_use_block('toolu_1', 'lookup', '{"n": 1}')
), 'tool_use') as response;
select is(answer((select r.response from reply r)), 1);
select is((select t.input from agentpg.run_tool_calls(run_id()) t), '{"n": 1}', 'the call is found where it now stands');
select is(finish_tool('toolu_1', '[{"type": "text", "text": ""}, {"type": "text", "text": "found"}]', claim_next => true), 'run');
select is(request_of() #> '{messages,1,content}', '[{"type": "thinking", "thinking": "", "signature": "s"}, {"type": "tool_use", "id": "toolu_1", "name": "lookup", "input": {"n": 1}}]');
select is(request_of() #> '{messages,2,content,0,content}', '[{"type": "text", "text": "found"}]', 'nor does one of a tool');
select is((select i.response from agentpg.run_iterations(run_id()) i), (select r.response from reply r), 'the answer is kept as it came');
select answer(reply_text(E' \n'));
select is(state_of(), 'completed');
select is((select max(m.seq) from agentpg.messages m), 3::bigint, 'an answer of blanks adds no message');
select is(agentpg._tool_content('[{"type": "text", "text": " "}]'), '[]', 'an output of blanks is none');

select * from finish();
rollback;
