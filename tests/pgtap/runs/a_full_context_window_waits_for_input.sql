begin;
select plan(1);

select given_instance();
select given_run();
select claim_one();
select answer(reply_text('As far as it', 'model_context_window_exceeded'));
select is((select row(r.state, r.stop_reason, r.response_text)::text from agentpg.get_run(run_id()) r), '(awaiting_input,model_context_window_exceeded,"As far as it")');

select * from finish();
rollback;
