begin;
select plan(31);

select given_instance('{look}'), given_agent(tools => '{look}');
select given_turns(4);
-- turn1 is messages 1 and 2, turn4 is 7 and 8.
select agentpg.apply_compaction(session_id(), '{"cut_seq": 2, "summary": "First."}');
select agentpg.apply_compaction(session_id(), '{"cut_seq": 4, "summary": "Early."}');
create temp table shown as select agentpg._request_messages(session_id())::text as text;
select agentpg.set_retention('archives', '30 days');
select is((select count from agentpg.apply_retention() where kind = 'archives'), 0::bigint, 'not yet');
select advance('31 days');

-- While a fork shows them, or a run is active, they stay.
select remember('session', 'fork', agentpg.fork_session(session_id(), at_seq => 6));
select is((select count from agentpg.apply_retention(dry_run => true) where kind = 'archives'), 0::bigint, 'a fork shows them');
select agentpg.delete_session(session_id('fork'));
select given_run('active');
select is((select count from agentpg.apply_retention() where kind = 'archives'), 0::bigint, 'a run is active');
select agentpg.cancel_run(run_id('active'));
select is((select count from agentpg.apply_retention(dry_run => true) where kind = 'archives'), 1::bigint);
select is((select count(*) from agentpg.messages), 9::bigint, 'a dry run deletes nothing');
select is((maintain() -> 'expired' ->> 'archives_compacted')::integer, 1, 'the maintenance deletes them');
select is((select array_agg(seq) from agentpg.messages where session_id = session_id()), '{5,6,7,8,9}');
select is((select archived_seq from agentpg.sessions where id = session_id()), 4::bigint);
select matches(agentpg._request_messages(session_id())::text, 'Early', 'the summary stands for them');
select is(left(agentpg._request_messages(session_id())::text, 4000), left((select text from shown), 4000), 'the next request begins as before');
select all_is_well();
select is((select count from agentpg.apply_retention() where kind = 'archives'), 0::bigint, 'once');

-- What would need them is refused.
select refused($$ select agentpg.restore_compaction(session_id()) $$, 'AP243', 'summary');
select refused($$ select agentpg.fork_session(session_id(), at_seq => 2) $$, 'AP117', '.');
select refused($$ select agentpg.regenerate_run(run_id('turn1')) $$, 'AP117', 'summary');
select refused($$ select agentpg.export_run(run_id('turn2')) $$, 'AP117', 'summary');
select is((select (r.response_text, r.state) from agentpg.run_details r where r.id = run_id('turn1')), (null::text, 'completed'::agentpg.run_state));

-- What does not goes on: another turn, a fork, a turn made anew, a copy.
select given_instance('{look}');
select given_run('next', prompt => 'And?');
select claim_one();
select is_empty($$ select faults_of('next') $$, 'the API takes what is shown');
select answer(reply_text('Well.'), 'next');
select remember('session', 'fork', agentpg.fork_session(session_id(), at_seq => 6));
select is((select count(*) from agentpg.session_messages(session_id('fork'))), 2::bigint);
select given_run('forked', session => 'fork', prompt => 'Or?');
select claim_one();
select is(short_context('forked'), '{"user: Early. p3","assistant: a3","user: Or?"}');
select answer(reply_text('Or not.'), 'forked');
select all_is_well();
select remember('session', 'empty', agentpg.fork_session(session_id(), at_seq => 0));
select is((select archived_seq from agentpg.sessions where id = session_id('empty')), null);
select lives_ok($$ select remember('run', 'again', agentpg.regenerate_run(run_id('turn3'))) $$, 'the first turn that is left');
select claim_one();
select is(short_context('again'), '{"user: Early. p3"}');
select remember('session', 'copy', agentpg.import_session(agentpg.export_session(session_id())));
select is(agentpg._request_messages(session_id('copy'))::text, agentpg._request_messages(session_id())::text, 'a copy begins where it does');
select is((select archived_seq from agentpg.sessions where id = session_id('copy')), 4::bigint);
select agentpg.cancel_run(run_id('again'));

-- A fork lets go of what it inherited, and its origin may be deleted.
select agentpg.apply_compaction(session_id('fork'), '{"cut_seq": 6, "summary": "Forked."}');
select agentpg.delete_session(r.session_id) from agentpg.runs r where r.id = run_id('again');
select agentpg.delete_session(session_id('empty'));
select advance('31 days');
select agentpg.apply_retention();
select is_empty($$ select * from agentpg.session_origins where session_id = session_id('fork') $$);
select is((select archived_seq from agentpg.sessions where id = session_id('fork')), 6::bigint);
select lives_ok($$ select agentpg.delete_session(session_id()) $$);
select matches(agentpg._request_messages(session_id('fork'))::text, 'Forked', 'it has what it needs');
select all_is_well();

select * from finish();
rollback;
