begin;
select plan(4);

select given_instance();
select given_run('first', 'One?');
select claim_one();
select answer(reply_text('One.'), 'first');
select given_run('second', 'Two?');
select results_eq(
  $$ select m.seq, m.role::text, m.content #>> '{0,text}', name_of_run(m.run_id) from agentpg.session_messages(session_id()) m $$,
  $$ values (1::bigint, 'user', 'One?', 'first'), (2, 'assistant', 'One.', 'first'), (3, 'user', 'Two?', 'second') $$
);
select results_eq('select m.seq from agentpg.session_messages(session_id(), after_seq => 1, max_count => 1) m', 'values (2::bigint)');
select refused(format('select * from agentpg.session_messages(%L)', agentpg._uuid_v7()), 'AP002');
select refused(format('select * from agentpg.session_messages(%L, max_count => 0)', session_id()), 'AP108', '');

select * from finish();
rollback;
