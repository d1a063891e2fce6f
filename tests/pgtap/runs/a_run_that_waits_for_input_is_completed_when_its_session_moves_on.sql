begin;
select plan(3);

select given_instance();
select given_run('first');
select claim_one();
select answer(reply_text('Half', 'max_tokens'), 'first');
select is(state_of('first'), 'awaiting_input');
select given_run('second');
select is((select row(r.state, r.previous_state, r.stop_reason)::text from agentpg.get_run(run_id('first')) r), '(completed,awaiting_input,max_tokens)');
select is(claim_one(), 'second');

select * from finish();
rollback;
