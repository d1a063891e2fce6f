begin;
select plan(1);

select given_instance();
select given_run();
select claim_one();
select answer(reply_text('Up to here', 'stop_sequence'));
select is((select row(r.state, r.stop_reason, r.response_text)::text from agentpg.get_run(run_id()) r), '(completed,stop_sequence,"Up to here")');

select * from finish();
rollback;
