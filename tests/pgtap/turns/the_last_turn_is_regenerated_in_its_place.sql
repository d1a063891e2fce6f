begin;
select plan(18);

select given_instance();
select given_turn('a', 'A?', 'A.');
select given_run('b', 'B?', options => '{"append_instructions": "Be brief.", "max_iterations": 7}', variables => '{"order": 7, "none": null}', priority => 3);
select claim_one(), answer(reply_text('B, badly.'), 'b');
select given_regenerated('c', 'b', '{"append_instructions": null, "max_iterations": 9}');
select is((select r.session_id from agentpg.get_run(run_id('c')) r), session_id());
select is(claim_one(), 'c');
select is(context_of('c'), '{user: A?,assistant: A.,user: B?}', 'the old turn is out of the context');
select is_empty('select faults_of(''c'')');
select is((select r.options from agentpg.get_run(run_id('c')) r), '{"max_iterations": 9}', 'new options go over the old ones, null takes one away');
select is((select r.variables from agentpg.get_run(run_id('c')) r), '{"order": 7, "none": null}');
select is((select r.priority from agentpg.get_run(run_id('c')) r), 3);
select answer(reply_text('B.'), 'c');
select is((select array_agg(m.seq) from agentpg.session_messages(session_id()) m), '{1,2,5,6}');
select is((select array_agg(m.seq) from agentpg.session_messages(session_id(), superseded => true) m), '{1,2,3,4,5,6}', 'its messages stay');
select is((select g.text from agentpg.get_response(run_id('b')) g), 'B, badly.', 'and so does its answer');
select is((select r.superseded_by_run_id from agentpg.get_run(run_id('b')) r), run_id('c'));
select is((select r.regenerated_from_run_id from agentpg.get_run(run_id('c')) r), run_id('b'));

select refused(format('select agentpg.regenerate_run(%L)', run_id('b')), 'AP222', 'regenerate that one');
select is(ids_in_error(format('select agentpg.regenerate_run(%L)', run_id('b'))) ->> 'superseded_by', run_id('c')::text, 'the refusal says what took its place');
select given_regenerated('d', 'c'), claim_one(), answer(reply_text('B at last.'), 'd');
select given_run('e', 'E?'), claim_one();
select is(context_of('e'), '{user: A?,assistant: A.,user: B?,assistant: B at last.,user: E?}', 'regenerated twice, only the last one counts');
select is_empty('select faults_of(''e'')');
select is((select s.superseded_seqs::text from agentpg.get_session(session_id()) s), '{[3,7)}');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
