begin;
select plan(1);

select given_instance();
select given_run();
select claim_one();
select answer(reply_blocks('[]', 'pause_turn'));
select is((select row(r.state, r.stop_reason)::text from agentpg.get_run(run_id()) r), '(awaiting_input,pause_turn)');

select * from finish();
rollback;
