begin;
select plan(9);

select given_instance();
select given_run('first', 'One?');
select given_run('second', 'Two?', priority => 10);
select given_run('third', 'Three?');
select is((select r.blocked from agentpg.get_run(run_id('second')) r), true, 'the second waits, whatever its priority');
select is((select count(*)::integer from agentpg.messages), 1, 'and its prompt is not in the transcript yet');
select is(claim_one(), 'first');
select is(claim_one(), null, 'one active run a session');
select answer(reply_text('One.'), 'first');
select is(claim_one(), 'second', 'in the order of create_run');
select is(request_of('second') #>> '{messages,2,content,0,text}', 'Two?', 'its prompt joined at its turn');
select is(jsonb_array_length(request_of('second') -> 'messages'), 3, 'the third prompt has not');
select agentpg.cancel_run(run_id('second'));
select is(claim_one(), 'third', 'a cancelled run makes way');
select answer(reply_text('Three.'), 'third');
select is(
  (select array_agg(m.seq order by m.seq) from agentpg.messages m), array[1, 2, 3, 4, 5]::bigint[], 'seq has no gaps'
);

select * from finish();
rollback;
