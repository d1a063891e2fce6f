begin;
select plan(14);

select given_instance(), given_agent();
select agentpg.configure(jsonb_build_object('compaction', small_window()));

-- While a run of its own writes the summary.
select given_session(), given_turns(5, 10000), given_run('r', 'p6'), claim_one();
select remember('run', 'apart', (agentpg.compact(session_id())).run_id), claim_one();
select answer(reply_sized('half', 21000, 'model_context_window_exceeded'), 'r');
select is((select array_agg(c.state || ' ' || c.cause order by c.id) from agentpg.compactions c), '{"abandoned manual","summarizing overflow"}');
select is(state_of('apart'), 'cancelled', 'its answer would be for nobody');
select refused($$ select answer(reply_text('late'), 'apart') $$, 'AP202', null);
select claim_one(), answer(reply_text('S'), 'r'), claim_one();
select is((short_context('r'))[1], 'user: S p5');
select answer(reply_text('rest'), 'r');
select is(state_of('r'), 'completed');

-- While one waits for the end of the turn.
select given_session('s2'), given_turns(5, 10000, 's2'), given_run('r2', 'p6', session => 's2'), claim_one();
select agentpg.apply_compaction(session_id('s2'), '{"cut_seq": 8, "summary": "ready"}');
select answer(reply_sized('half', 21000, 'model_context_window_exceeded'), 'r2');
select is((select array_agg(c.state || ' ' || c.cause order by c.id) from agentpg.compactions c where c.session_id = session_id('s2')), '{"abandoned manual","summarizing overflow"}');
select claim_one(), answer(reply_text('S'), 'r2'), claim_one(), answer(reply_text('rest'), 'r2');
select is(state_of('r2'), 'completed');
select is((select c.state || ' ' || c.cause from agentpg.compactions c where c.id = (select s.compaction_id from agentpg.sessions s where s.id = session_id('s2'))), 'applied overflow');

-- A plan made before its last turn was made anew.
select given_session('s4'), given_turns(5, 10000, 's4');
create temp table stale as select agentpg.plan_compaction(session_id('s4')) as plan;
select given_regenerated('anew', 'turn5'), claim_one(), answer(reply_text('a5b'), 'anew');
select refused(format('select agentpg.apply_compaction(%L, %L)', session_id('s4'), (select s.plan || '{"summary": "S"}' from stale s)), 'AP242', 'new plan');
select refused(format('select agentpg.apply_compaction(%L, %L)', session_id('s4'), '{"last_seq": "x", "cut_seq": 4}'), 'AP241', 'whole number');

-- What the summarizer reads of documents and search results, and never more of one message than it takes.
select is(agentpg._rendered('user', '[{"type": "document", "title": "T", "source": {"type": "text", "media_type": "text/plain", "data": "body"}}]'), '[document]: T: body');
select is(agentpg._rendered('user', '[{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "search_result", "title": "R", "source": "u", "content": [{"type": "text", "text": "found"}]}, {"type": "image", "source": {}}]}]'),
  E'Result: [search_result]: R: found\n[image]');
select given_session('s5'), given_turns(5, 10000, 's5');
select is((select max(length(m.text)) < 2100 from agentpg._messages_to_summarize(
  jsonb_populate_record(null::agentpg.compactions, jsonb_build_object('session_id', session_id('s5'), 'config', '{"summarizer_input_tokens": 1000}'::jsonb)), 0, 10) m), true);
select is_empty($$ select * from agentpg.invariant_violations $$);

select * from finish();
rollback;
