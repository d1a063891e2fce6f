begin;
select plan(2);

select given_instance();
select given_agent();
select given_session();
select remember('run', 'run', agentpg.create_run(session_id(), agent_id(), 'Hello?', idempotency_key => 'key'));
select claim_one();
select answer(reply_text('Half', 'max_tokens'));
select is(agentpg.create_run(session_id(), agent_id(), 'Hello?', idempotency_key => 'key'), run_id());
select is(state_of(), 'awaiting_input');

select * from finish();
rollback;
