begin;
select plan(19);

select given_instance(), given_agent();
select agentpg.configure(jsonb_build_object('compaction', small_window()));
select given_session(), given_turns(5, 10000);

-- The model stopped in the middle.
select given_run('r', 'p6'), claim_one(), answer(reply_sized('half', 21000, 'model_context_window_exceeded'), 'r');
select is(state_of('r'), 'pending');
select is((select c.cause from agentpg.compactions c where c.state = 'summarizing'), 'overflow');
select claim_one(), answer(reply_text('S'), 'r'), claim_one();
select is((short_context('r'))[1], 'user: S p5');
select is((short_context('r'))[3:], '{"user: p6","assistant: half","user: Continue."}', 'it is asked to go on');
select is_empty($$ select faults_of('r') $$);
select answer(reply_text('rest'), 'r');
select is(state_of('r'), 'completed');

-- The API refused the request.
select given_session('s2'), given_turns(5, 10000, 's2'), given_run('r2', 'p6', session => 's2'), claim_one();
select is((select f.state::text from agentpg.record_failure(iteration_id('r2'), run_lease('r2'),
  '{"type": "invalid_request_error", "status": 400, "message": "prompt is too long: 21500 tokens > 20000 maximum"}') f), 'pending', 'not sent again as it was');
select is((select c.original_tokens from agentpg.compactions c where c.session_id = session_id('s2') and c.state = 'summarizing'), 21500, 'the API said how long');
select claim_one(), answer(reply_text('S'), 'r2'), claim_one(), answer(reply_text('a6'), 'r2');
select is(state_of('r2'), 'completed');
select is((select count(*) from agentpg.failed_attempts f where f.run_id = run_id('r2')), 1::bigint);

-- Any other refusal fails, as ever.
select given_session('s3'), given_turns(5, 10000, 's3'), given_run('r3', 'p6', session => 's3'), claim_one();
select is((select f.state::text from agentpg.record_failure(iteration_id('r3'), run_lease('r3'),
  '{"type": "invalid_request_error", "status": 400, "message": "messages.1: nonsense"}') f), 'failed');

-- It may not help: then the run waits for a person.
select given_session('s4'), given_run('r4', 'hello', session => 's4'), claim_one(), answer(reply_sized('half', 21000, 'model_context_window_exceeded'), 'r4');
select is(state_of('r4'), 'awaiting_input', 'nothing to compact but the tail');
select is((select r.stop_reason from agentpg.runs r where r.id = run_id('r4')), 'model_context_window_exceeded');

-- Not by itself, when that is switched off.
select given_session('s5'), given_turns(5, 10000, 's5'), given_run('r5', 'p6', session => 's5', options => '{"auto_compaction": false}'), claim_one(),
  answer(reply_sized('half', 21000, 'model_context_window_exceeded'), 'r5');
select is(state_of('r5'), 'awaiting_input');
-- But by call, while the run waits; and then it goes on.
select is((agentpg.compact(session_id('s5'))).state::text, 'summarizing');
select is(state_of('r5'), 'awaiting_input', 'a run of its own writes the summary');
select remember('run', 'apart', (select c.run_id from agentpg.compactions c where c.session_id = session_id('s5'))), claim_one(), answer(reply_text('S'), 'apart');
select is((select c.state::text from agentpg.compactions c where c.session_id = session_id('s5')), 'applied');
select agentpg.continue_run(run_id('r5')), claim_one();
select is((short_context('r5'))[1], 'user: S p5');
select is_empty($$ select * from agentpg.invariant_violations $$);

select * from finish();
rollback;
