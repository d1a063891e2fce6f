begin;
select plan(4);

select given_instance();
select given_run('first');
select given_run('second');
select given_run('third');
select is(agentpg.cancel_run(run_id('second')), true);
select is((select r.blocked from agentpg.get_run(run_id('third')) r), true, 'the third still waits for the first');
select claim_one();
select answer(reply_text(), 'first');
select is(claim_one(), 'third');
select is((select count(*)::integer from agentpg.messages m where m.run_id = run_id('second')), 0, 'a prompt whose turn never came is not in the transcript');

select * from finish();
rollback;
