begin;
select plan(2);

select given_instance();
select given_run('first');
select given_run('second');
select claim_one();
select answer(reply_text('Half', 'max_tokens'), 'first');
select is((select row(r.state, r.stop_reason)::text from agentpg.get_run(run_id('first')) r), '(completed,max_tokens)');
select is(claim_one(), 'second', 'nobody waits for a person who has moved on');

select * from finish();
rollback;
