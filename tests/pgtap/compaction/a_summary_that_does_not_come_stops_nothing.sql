begin;
select plan(22);

select given_instance(), given_agent();
select agentpg.configure(jsonb_build_object('compaction', small_window()));

-- By itself: the conversation goes on as it is.
select given_session(), given_turns(5, 17500), given_run('r', 'p6'), claim_one();
select answer(reply_blocks('[]', 'refusal'), 'r');
select is((select c.state || ' ' || c.error_type from agentpg.compactions c), 'failed no_summary');
select claim_one();
select is((short_context('r'))[1], 'user: p1');
select is((select r.compact_above from agentpg.runs r where r.id = run_id('r')), 2147483647, 'not tried again in this run');
select answer(reply_text('a6'), 'r');
select is(state_of('r'), 'completed');

-- The summarizer's errors are retried like any others, and end the attempt only.
select given_session('s2'), given_turns(5, 17500, 's2'), given_run('r2', 'p6', session => 's2'), claim_one();
select agentpg.record_failure(iteration_id('r2'), run_lease('r2'), '{"type": "api_error", "status": 500}');
select is((select c.state::text from agentpg.compactions c where c.session_id = session_id('s2')), 'summarizing');
select advance('1 minute'), claim_one();
select matches(request_of('r2') #>> '{messages,0,content}', 'User: p1', 'the same request again');
select agentpg.record_failure(iteration_id('r2'), run_lease('r2'), '{"type": "not_found_error", "status": 404, "message": "model: gone"}');
select is((select c.state || ' ' || c.error_type from agentpg.compactions c where c.session_id = session_id('s2')), 'failed not_found_error');
select is(state_of('r2'), 'pending');
select claim_one(), answer(reply_text('a6'), 'r2');
select is(state_of('r2'), 'completed');

-- Cancelled while it is summarized.
select given_session('s3'), given_turns(5, 17500, 's3'), given_run('r3', 'p6', session => 's3'), claim_one();
select agentpg.cancel_run(run_id('r3'));
select is((select c.state::text from agentpg.compactions c where c.session_id = session_id('s3')), 'abandoned');
select given_run('next', 'p7', session => 's3');
select is((select count(*) from agentpg.compactions c where c.session_id = session_id('s3') and c.state = 'summarizing'), 1::bigint, 'the next run tries again');
select claim_one(), answer(reply_text('S'), 'next'), claim_one();
select is((short_context('next'))[1], 'user: S p5');
select answer(reply_text('a7'), 'next');

-- A run of its own fails with the summary.
select given_session('s4'), given_turns(5, 10000, 's4');
select remember('run', 'apart', (agentpg.compact(session_id('s4'))).run_id), claim_one();
select answer(reply_blocks('[]'), 'apart');
select is(state_of('apart'), 'failed');
select is((select c.state::text from agentpg.compactions c where c.session_id = session_id('s4')), 'failed');
select remember('run', 'again', (agentpg.compact(session_id('s4'))).run_id), claim_one();
select agentpg.cancel_run(run_id('again'));
select is((select array_agg(c.state order by c.id) from agentpg.compactions c where c.session_id = session_id('s4')), '{failed,abandoned}');

-- What it was planned for has moved: nothing is switched.
select remember('run', 'late', (agentpg.compact(session_id('s4'))).run_id), claim_one();
select given_regenerated('anew', 'turn5');
select claim_one(), answer(reply_text('a5b'), 'anew');
select answer(reply_text('S'), 'late');
select is((select c.state::text from agentpg.compactions c where c.run_id = run_id('late')), 'applied', 'what was regenerated comes after the cut');
select agentpg.restore_compaction(session_id('s4'));
select remember('run', 'later', (agentpg.apply_compaction(session_id('s4'), '{"cut_seq": 12}')).run_id), claim_one();
select given_regenerated('once more', 'anew');
select claim_one(), answer(reply_text('a5c'), 'once more');
select answer(reply_text('S'), 'later');
select is((select c.state::text from agentpg.compactions c where c.run_id = run_id('later')), 'abandoned', 'the summary tells of a turn that is no more');
select is(state_of('later'), 'completed');
select is((select s.compaction_id from agentpg.sessions s where s.id = session_id('s4')), null);
select is((select s.compaction_ready from agentpg.sessions s where s.id = session_id('s4')), null);
select is_empty($$ select * from agentpg.invariant_violations $$);

-- A long history takes several calls.
select given_session('s5'), given_turns(7, 14000, 's5');
select is((agentpg.compact(session_id('s5'), '{"summarizer_input_tokens": 6000}')).chunk_seq, 4::bigint);

select * from finish();
rollback;
