begin;
select plan(5);

select given_instance();
select given_run();
select claim_one();
select answer(reply_blocks('[]'));
select is((select row(r.state, r.stop_reason, r.response_text)::text from agentpg.get_run(run_id()) r), '(completed,end_turn,)');
select is((select count(*)::integer from agentpg.messages), 1, 'an empty message would spoil the next request');
select is((select g.text from agentpg.get_response(run_id()) g), '', 'the text is empty, not missing');
select is((select i.response -> 'content' from agentpg.iterations i), '[]', 'the answer is kept');
select is((select i.input_tokens from agentpg.iterations i), 10::bigint, 'and paid for');

select * from finish();
rollback;
