begin;
select plan(15);

select given_instance(), given_agent();
select agentpg.configure(jsonb_build_object('compaction', small_window()));

-- The run waits for input, and nothing is under way meanwhile.
select given_session(), given_turns(5, 12000);
select agentpg.apply_compaction(session_id(), '{"cut_seq": 2, "summary": "S1"}');
update agentpg.sessions set context_tokens = 17500 where id = session_id();
select given_run('r', 'p6', options => '{"max_tokens": 600}');
select is((select c.state::text from agentpg.compactions c where c.run_id = run_id('r')), 'summarizing');
select is(claim_one(), null, 'there is no budget for the summary');
select is((select row(r.state, r.stop_reason, r.compaction_id)::text from agentpg.runs r where r.id = run_id('r')),
  row('awaiting_input', 'run_max_tokens', null)::text);
select is((select c.state || ' ' || c.error_type from agentpg.compactions c where c.run_id = run_id('r')), 'failed run_max_tokens');
select is((select q.model from agentpg.runs r join agentpg.queues q on q.id = r.queue_id where r.id = run_id('r')), 'claude-sonnet-4-5');
select is((agentpg.session_stats(session_id())).compacting, false);
select is((agentpg.restore_compaction(session_id())).summary, 'S1');

-- With more to spend it is tried again.
select agentpg.continue_run(run_id('r'), options => '{"max_tokens": 1000000}');
select claim_one();
select is(request_of('r') ->> 'model', agentpg._summarizer_model());
select answer(reply_text('S2'), 'r'), claim_one();
select is((short_context('r'))[1], 'user: S2 p5');
select answer(reply_text('a6'), 'r');
select is(state_of('r'), 'completed');

-- A run of its own fails: nobody would know to continue it.
select given_session('s2'), given_turns(5, 12000, 's2');
select agentpg.set_budget(session_id => session_id('s2'), max_tokens => 10);
select remember('run', 'apart', (agentpg.compact(session_id('s2'))).run_id);
select is(claim_one(), null);
select is((select r.state || ' ' || r.error_type from agentpg.runs r where r.id = run_id('apart')), 'failed session_max_tokens');
select is((select c.state || ' ' || c.error_type from agentpg.compactions c where c.session_id = session_id('s2')), 'failed session_max_tokens');
select is((agentpg.compact(session_id('s2'))).state, 'summarizing', 'another may be asked for');
select is_empty($$ select * from agentpg.invariant_violations $$);

select * from finish();
rollback;
