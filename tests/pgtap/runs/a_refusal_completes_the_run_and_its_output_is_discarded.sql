begin;
select plan(4);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_blocks(jsonb_build_array(text_block('Well, first you'), tool_use_block('toolu_1', 'lookup')), 'refusal',
  extra => '{"stop_details": {"category": "cyber", "explanation": "No."}}'));
select is((select row(r.state, r.stop_reason, r.response_text)::text from agentpg.get_run(run_id()) r), '(completed,refusal,)');
select is((select count(*)::integer from agentpg.messages), 1, 'partial output does not join the transcript');
select is((select count(*)::integer from agentpg.tool_executions), 0);
select is((select i.response #>> '{stop_details,category}' from agentpg.iterations i), 'cyber', 'the whole answer is kept');

select * from finish();
rollback;
