begin;
select plan(14);

select given_instance();
select given_turn('a', 'A?', 'A.'), given_turn('b', 'B?', 'B.'), given_turn('c', 'C?', 'C.');
select given_regenerated('b2', 'b');
select remember('session', 'fork', (select r.session_id from agentpg.get_run(run_id('b2')) r));
select isnt(session_id('fork'), session_id());
select is((select row(s.forked_from_session_id = session_id(), s.forked_at_seq)::text from agentpg.get_session(session_id('fork')) s), '(t,2)');
select is(claim_one(), 'b2');
select is(context_of('b2'), '{user: A?,assistant: A.,user: B?}');
select is((select r.superseded_by_run_id from agentpg.get_run(run_id('b')) r), null, 'the session it comes from is as it was');
select answer(reply_text('B again.'), 'b2');
select is((select array_agg(m.seq) from agentpg.session_messages(session_id()) m), '{1,2,3,4,5,6}');

-- The first turn: the fork begins with nothing. A turn of the fork: in its place, or on a fork of the fork.
select given_regenerated('a2', 'a'), claim_one();
select is(context_of('a2'), '{user: A?}');
select given_regenerated('b3', 'b2'), claim_one();
select is((select r.session_id from agentpg.get_run(run_id('b3')) r), session_id('fork'));
select is(context_of('b3'), '{user: A?,assistant: A.,user: B?}', 'a regenerated run of a fork');
select answer(reply_text('B thrice.'), 'b3'), given_turn('d', 'D?', 'D.', 'fork');
select given_regenerated('b4', 'b3'), claim_one();
select is((select s.forked_from_session_id from agentpg.get_session((select r.session_id from agentpg.get_run(run_id('b4')) r)) s), session_id('fork'));
select is(context_of('b4'), '{user: A?,assistant: A.,user: B?}', 'what was superseded before the fork stays so in it');

-- What is superseded in the origin after the fork is still there in the fork.
select given_fork('kept');
select given_regenerated('c2', 'c'), claim_one(), answer(reply_text('C again.'), 'c2');
select given_run('k', 'K?', session => 'kept'), claim_one();
select is(context_of('k'), '{user: A?,assistant: A.,user: B?,assistant: B.,user: C?,assistant: C.,user: K?}');
select is_empty('select faults_of(''k'')');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
