begin;
select plan(27);

select given_instance('{look}'), given_agent(tools => '{look}');
select agentpg.configure(jsonb_build_object('compaction', small_window()));
select given_session();
select is((agentpg.compact(session_id())).id, null, 'nothing was said yet');
select given_turns(5, 10000);
select is((agentpg.compact_if_needed(session_id())).id, null, 'not above the trigger');
select is((agentpg.session_stats(session_id())).needs_compaction, false);
select is((agentpg.session_stats(session_id())).context_tokens, 10000);
select is((agentpg.plan_compaction(session_id()) -> 'cut_seq')::int, 8);

-- While a turn is active.
select given_run('r', 'p6'), claim_one();
select is((agentpg.compact(session_id())).state::text, 'summarizing');
select is((agentpg.compact(session_id())).id, (select c.id from agentpg.compactions c), 'a second call gets the one under way');
select remember('run', 'apart', (select c.run_id from agentpg.compactions c)), claim_one();
select matches(request_of('apart') #>> '{messages,0,content}', 'User: p1');
select answer(reply_text('S'), 'apart');
select is(state_of('apart'), 'completed');
select is((select c.state::text from agentpg.compactions c), 'ready', 'the turn comes first');
select answer(reply_tool_use('t1', 'look'), 'r');
select finish_tool('t1');
select claim_one();
select is((short_context('r'))[1], 'user: p1', 'its requests go on as they began');
select given_run('queued', 'p7');
select answer(reply_sized('a6', 12000), 'r');
select is((select c.state::text from agentpg.compactions c), 'applied', 'its end is the switch');
select claim_one();
select is((short_context('queued'))[1], 'user: S p5', 'the next turn begins with the summary');
select is_empty($$ select faults_of('queued') $$);
select answer(reply_text('a7'), 'queued');

-- A plan of one's own.
select is((agentpg.apply_compaction(session_id(), '{"cut_seq": 14, "summary": "mine"}')).state::text, 'applied');
select given_run('own', 'p8'), claim_one();
select is(short_context('own'), '{"user: mine p7","assistant: a7","user: p8"}');
select answer(reply_text('a8'), 'own');
select is((agentpg.restore_compaction(session_id())).summary, 'mine');
select is((agentpg.restore_compaction(session_id())).summary, 'S', 'one after the other');
select refused(format('select agentpg.restore_compaction(%L)', session_id()), 'AP243', null);
select is((select array_agg((c.restored_at is not null)::text) from agentpg.list_compactions(session_id()) c), '{true,true}');

-- What is refused.
create function pg_temp.plan(plan jsonb) returns text language sql as $$ select format('select agentpg.apply_compaction(%L, %L)', session_id(), plan) $$;
select given_run('active', 'p9'), claim_one(), answer(reply_tool_use('t2', 'look'), 'active');
select refused(pg_temp.plan('{"cut_seq": 12, "summary": "S"}'), 'AP241', 'between two turns');
select refused(pg_temp.plan('{"cut_seq": 19, "summary": "S"}'), 'AP241', 'active turn');
select refused(pg_temp.plan('{"cut_seq": 9, "summary": "S"}'), 'AP241', 'calls and their results stay together');
select refused(pg_temp.plan('{"placeholder_seqs": [2]}'), 'AP241', 'tool results');
select refused(pg_temp.plan('{"cut_seq": 8, "summary": " "}'), 'AP241', 'leave it out');
select refused(pg_temp.plan('{"cut_sec": 8}'), 'AP241', 'did you mean cut_seq');
select refused(pg_temp.plan(jsonb_build_object('cut_seq', 8, 'base_id', agentpg._uuid_v7())), 'AP242', 'new plan');

select * from finish();
rollback;
