begin;
select plan(3);

select given_instance();
select given_run(options => '{"max_continuations": 2}');
select claim_one(), answer(reply_text('One', 'pause_turn'));
select claim_one(), answer(reply_text('Two', 'pause_turn'));
select is(state_of(), 'pending', 'twice is allowed');
select claim_one(), answer(reply_text('Three', 'pause_turn'));
select is((select row(r.state, r.stop_reason)::text from agentpg.get_run(run_id()) r), '(awaiting_input,pause_turn)', 'a third time is not');
select given_run('never', session => 'other', options => '{"max_continuations": 0}');
select claim_one(), answer(reply_text('One', 'pause_turn'), 'never');
select is(state_of('never'), 'awaiting_input', 'nor is any when the limit is 0');

select * from finish();
rollback;
