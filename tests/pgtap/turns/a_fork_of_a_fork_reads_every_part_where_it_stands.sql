begin;
select plan(10);

select given_instance();
select given_turn('a', 'A?', 'A.'), given_turn('b', 'B?', 'B.');
select given_fork('second', at_seq => 2);
select given_turn('c', 'C?', 'C.', 'second'), given_turn('d', 'D?', 'D.', 'second');
select given_fork('third', 'second', 4);
select given_turn('e', 'E?', 'E.', 'third');
select given_fork('fourth', 'third');
select given_run('f', 'F?', session => 'fourth'), claim_one();
select is(context_of('f'), '{user: A?,assistant: A.,user: C?,assistant: C.,user: E?,assistant: E.,user: F?}');
select is_empty('select faults_of(''f'')');
select is((select m.seq from agentpg.messages m where m.run_id = run_id('f')), 7::bigint);

-- A cut before the part of its own forgets that part, and one in the oldest part all but that.
select given_fork('short', 'fourth', 2);
select given_run('g', 'G?', session => 'short'), claim_one();
select is(context_of('g'), '{user: A?,assistant: A.,user: G?}');
select is((select row(s.forked_from_session_id = session_id('fourth'), s.forked_at_seq)::text from agentpg.get_session(session_id('short')) s), '(t,2)');
select is((select count(*) from agentpg.session_origins o where o.session_id = session_id('short')), 1::bigint);
select given_fork('none', 'fourth', 0);
select given_run('h', 'H?', session => 'none'), claim_one();
select is(context_of('h'), '{user: H?}', 'a fork at 0 has nothing but the policies of its origin');

-- A fork of a fork that has said nothing is a fork of what that inherited.
select given_fork('silent', 'third', 4);
select given_fork('from_silent', 'silent');
select given_run('i', 'I?', session => 'from_silent'), claim_one();
select is(context_of('i'), '{user: A?,assistant: A.,user: C?,assistant: C.,user: I?}');
select is((select s.forked_at_seq from agentpg.get_session(session_id('from_silent')) s), 4::bigint);
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
