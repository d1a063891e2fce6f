begin;
select plan(2);

select given_instance();
select given_run();
select claim_one();
select advance('1 hour');
select is(answer(reply_text('Late.')), 0, 'its answer is paid for');
select is((select row(r.state, r.response_text)::text from agentpg.get_run(run_id()) r), '(completed,Late.)');

select * from finish();
rollback;
