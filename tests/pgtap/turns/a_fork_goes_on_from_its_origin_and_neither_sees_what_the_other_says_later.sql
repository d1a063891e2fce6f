begin;
select plan(12);

select given_instance();
select given_turn('a', 'One?', 'One.'), given_turn('b', 'Two?', 'Two.');
select given_fork('fork', at_seq => 2);
select given_run('f', 'Other?', session => 'fork'), claim_one();
select is(context_of('f'), '{user: One?,assistant: One.,user: Other?}', 'the fork has what was said up to the cut');
select is_empty('select faults_of(''f'')');
select answer(reply_text('Other.'), 'f');
select given_run('c', 'Three?'), claim_one();
select is(context_of('c'), '{user: One?,assistant: One.,user: Two?,assistant: Two.,user: Three?}', 'the origin has nothing of the fork');

select is((select array_agg(m.seq order by m.seq) from agentpg.session_messages(session_id('fork')) m), '{1,2,3,4}', 'seq has no gaps over the joined transcript');
select is((select array_agg(m.session_id = session_id('fork') order by m.seq) from agentpg.session_messages(session_id('fork')) m), '{f,f,t,t}', 'inherited messages name the session they stand in');
select is((select array_agg(m.seq) from agentpg.session_messages(session_id('fork'), after_seq => 1, max_count => 2) m), '{2,3}', 'a page goes over the joint');
select is((select count(*) from agentpg.messages m where m.session_id = session_id('fork')), 2::bigint, 'nothing was copied');
select is((select g.text from agentpg.get_response(run_id('f')) g), 'Other.');
select is((select row(s.forked_from_session_id = session_id(), s.forked_at_seq, s.parent_session_id, s.depth)::text from agentpg.get_session(session_id('fork')) s), '(t,2,,0)');
select is((select array_agg(r.id) from agentpg.list_runs(session_id => session_id('fork')) r), array[run_id('f')], 'runs are not taken over');
select is_empty('select * from agentpg.invariant_violations');
select refused(format('delete from agentpg.sessions where id = %L', session_id()), '23503', '');

select * from finish();
rollback;
