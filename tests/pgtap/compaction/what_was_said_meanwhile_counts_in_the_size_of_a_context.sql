begin;
select plan(8);

select given_instance(), given_agent();
select agentpg.configure(jsonb_build_object('compaction', small_window()));

-- The summary was planned for 10,000 tokens, and 4,000 more came while the turn went on.
select given_session(), given_turns(5, 10000), given_run('r', 'p6', options => '{"auto_compaction": false}'), claim_one();
select is((agentpg.apply_compaction(session_id(), '{"cut_seq": 8, "summary": "S", "compacted_tokens": 3000}')).state, 'ready');
select answer(reply_sized('a6', (select c.original_tokens from agentpg.compactions c) + 4000), 'r');
select is((select c.state::text from agentpg.compactions c), 'applied');
select is((select s.context_tokens from agentpg.sessions s where s.id = session_id()), 3000 + 4000);

-- A run that waits for input is compacted at once, and need not be again when it goes on.
select given_session('s2'), given_turns(5, 10000, 's2');
select given_run('r2', 'p6', session => 's2'), claim_one(), answer(reply_sized('Half', 18000, 'max_tokens'), 'r2');
select is((agentpg.apply_compaction(session_id('s2'), '{"cut_seq": 8, "summary": "S", "compacted_tokens": 3000}')).state, 'applied');
select is((agentpg.session_stats(session_id('s2'))).context_tokens, 3000);
select is(agentpg.needs_compaction(session_id('s2')), false);
select agentpg.continue_run(run_id('r2'));
select is((select r.compaction_id from agentpg.runs r where r.id = run_id('r2')), null);
select is((select count(*) from agentpg.compactions c where c.session_id = session_id('s2')), 1::bigint);

select * from finish();
rollback;
