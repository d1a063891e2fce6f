begin;
select plan(17);

select given_instance(), given_agent();
select agentpg.configure(jsonb_build_object('compaction', small_window()));
select given_session(), given_turns(6, 9000);
select agentpg.apply_compaction(session_id(), '{"cut_seq": 4, "summary": "S1"}');
select agentpg.apply_compaction(session_id(), '{"cut_seq": 10, "summary": "S2"}');

create function pg_temp.context(name text) returns text[] language plpgsql as $$
begin
  perform given_run('of ' || name, 'q', session => name), claim_one();
  perform answer(reply_text('b'), 'of ' || name);
  return short_context('of ' || name);
end
$$;
select given_fork('end'), given_fork('ten', at_seq => 10), given_fork('eight', at_seq => 8), given_fork('two', at_seq => 2);
select is(pg_temp.context('end'), '{"user: S2 p6","assistant: a6","user: q"}', 'at the end: as the origin');
select is(pg_temp.context('ten'), '{"user: S2 q"}', 'at the cut: the summary alone');
select is(pg_temp.context('eight'), '{"user: S1 p3","assistant: a3","user: p4","assistant: a4","user: q"}', 'before the cut: the summary before');
select is(pg_temp.context('two'), '{"user: p1","assistant: a1","user: q"}', 'before both: none');
select is((agentpg.restore_compaction(session_id('end'))).summary, 'S2', 'a fork is restored for itself');
select is(pg_temp.context('session'), '{"user: S2 p6","assistant: a6","user: q"}');
select is((select c.restored_at from agentpg.compactions c where c.summary = 'S2'), null);
select agentpg.apply_compaction(session_id('eight'), '{"cut_seq": 8, "summary": "E"}');
select is((pg_temp.context('eight'))[1], 'user: E q', 'and compacted for itself');

-- The last turn is covered by the summary, and made anew.
select agentpg.apply_compaction(session_id(), '{"cut_seq": 14, "summary": "S3"}');
select is((select s.compaction_id from agentpg.sessions s where s.id = session_id()), (select c.id from agentpg.compactions c where c.summary = 'S3'));
select given_regenerated('anew', 'of session'), claim_one();
select is(short_context('anew'), '{"user: S2 p6","assistant: a6","user: q"}', 'the summary before, which knows nothing of it');
select answer(reply_text('b2'), 'anew');
select is((select s.compaction_id from agentpg.sessions s where s.id = session_id()), (select c.id from agentpg.compactions c where c.summary = 'S2'));

-- An earlier turn is made anew on a fork.
select given_regenerated('early', 'turn3'), claim_one();
select is(short_context('early'), '{"user: S1 p3"}');
select is_empty($$ select faults_of('early') $$);

-- How long a fork from the middle is, nobody has counted: it is estimated before its first call.
select given_session('long'), given_turns(8, 12000, 'long');
select given_fork('middle', session => 'long', at_seq => 14);
select is((select s.context_tokens from agentpg.sessions s where s.id = session_id('middle')), null);
select given_run('estimated', 'q', session => 'middle');
select is((select r.context_tokens between 14000 and 15000 from agentpg.runs r where r.id = run_id('estimated')), true);
select given_run('too long', repeat('z', 12000), session => 'middle', options => '{"on_busy": "interrupt"}');
select is((select q.model from agentpg.runs r join agentpg.queues q on q.id = r.queue_id where r.id = run_id('too long')), agentpg._summarizer_model());
select is_empty($$ select * from agentpg.invariant_violations $$);

select * from finish();
rollback;
