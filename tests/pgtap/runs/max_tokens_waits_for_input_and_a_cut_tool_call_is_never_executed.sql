begin;
select plan(5);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select is(answer(reply_blocks(jsonb_build_array(text_block('Let me see.'), tool_use_block('toolu_1', 'lookup', '{"ci": ""}')), 'max_tokens')), 0);
select is((select row(r.state, r.stop_reason)::text from agentpg.get_run(run_id()) r), '(awaiting_input,max_tokens)');
select is((select count(*)::integer from agentpg.tool_executions), 0, 'no execution');
select is((select g.finished from agentpg.get_response(run_id()) g), true, 'a waiting client is told');
select given_run('next');
select claim_one();
select is(
  request_of('next') #> '{messages,2,content,0}',
  '{"type": "tool_result", "tool_use_id": "toolu_1", "content": "Not executed: the reply ended with stop reason max_tokens.", "is_error": true}',
  'the call is answered, so that the transcript is valid'
);

select * from finish();
rollback;
