begin;
select plan(4);

select given_instance();
select given_run('refused', 'One?');
select claim_one();
select answer(reply_text('', 'refusal'), 'refused');
select given_run('second', 'Two?');
select claim_one();
select is(
  request_of('second') -> 'messages',
  '[{"role": "user", "content": [{"type": "text", "text": "One?"}, {"type": "text", "text": "Two?"}]}]'
);
select answer(reply_text('Half', 'pause_turn'), 'second');
select claim_one();
select is(request_of('second') #>> '{messages,1,role}', 'assistant');
select answer(reply_text(' and whole.'), 'second');
select given_run('third', 'Three?');
select claim_one();
select is(
  request_of('third') #> '{messages,1}',
  '{"role": "assistant", "content": [{"type": "text", "text": "Half"}, {"type": "text", "text": " and whole."}]}'
);
select is(
  (select array_agg(m ->> 'role') from jsonb_array_elements(request_of('third') -> 'messages') m), '{user,assistant,user}', 'roles alternate'
);

select * from finish();
rollback;
