begin;
select plan(9);

-- Summarized by a run within its own turn, pruned, summarized by call; and a fork that shares that.
select given_instance('{look}'), given_agent(tools => '{look}');
select agentpg.configure(jsonb_build_object('compaction', small_window()));
select given_session();
select given_turns(3, 16000);
select given_run('long', 'p4 ' || repeat('x', 8000)), claim_one();
select answer(reply_text('S1'), 'long');
select claim_one(), answer(reply_tool_use('t1', 'look'), 'long'), finish_tool('t1', to_jsonb(repeat('z', 8000)));
select claim_one(), answer(reply_text('a4'), 'long');
select given_turns(1, 9000);
select is((agentpg.apply_compaction(session_id(), jsonb_build_object('placeholder_seqs', jsonb_build_array(9)))).state::text, 'applied');
select remember('session', 'fork', agentpg.fork_session(session_id()));
select remember('session', 'copy', agentpg.import_session(agentpg.export_session(session_id())));
select remember('session', 'copy of fork', agentpg.import_session(agentpg.export_session(session_id('fork'))));
select is(
  (select count(*) from agentpg.iterations t join agentpg.runs r on r.id = t.run_id
   where r.session_id = session_id('copy') and t.compaction_id is not null), 4::bigint, 'calls say which compaction they were made under');
select is_empty(
  $$ select t.id from agentpg.iterations t join agentpg.runs r on r.id = t.run_id
     left join agentpg.compactions c on c.id = t.compaction_id and c.session_id = r.session_id
     where r.session_id = session_id('copy') and t.compaction_id is not null and c.id is null $$,
  'and it is that of the copy'
);
select given_run('next', 'go on'), given_run('next of copy', 'go on', session => 'copy');
select given_run('next of fork', 'go on', session => 'fork'), given_run('next of copy of fork', 'go on', session => 'copy of fork');
select claim_one(), claim_one(), claim_one(), claim_one();
select is(request_of('next of copy')::text, request_of('next')::text, 'the next request is the same, byte for byte');
select is(request_of('next of copy of fork')::text, request_of('next of fork')::text, 'of a fork too');
select is(request_of('next of fork')::text, request_of('next')::text);
select is_empty($$ select faults_of('next of copy') $$);
select answer(reply_text('on'), 'next'), answer(reply_text('on'), 'next of copy');
select agentpg.restore_compaction(session_id()), agentpg.restore_compaction(session_id('copy'));
select agentpg.restore_compaction(session_id()), agentpg.restore_compaction(session_id('copy'));
select is(agentpg._request_messages(session_id('copy'))::text, agentpg._request_messages(session_id())::text, 'restored, they are the same again');
select all_is_well();

select * from finish();
rollback;
