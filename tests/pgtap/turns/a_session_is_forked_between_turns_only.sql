begin;
select plan(17);

create function pg_temp.cut(session text, at_seq bigint) returns text language sql as $$
  select format('select agentpg.fork_session(%L, %s)', agentpg_test.session_id(session), at_seq)
$$;
create function pg_temp.nearest(session text, at_seq bigint) returns bigint language sql as $$
  select (agentpg_test.ids_in_error(pg_temp.cut(session, at_seq)) ->> 'nearest_seq')::bigint
$$;
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_turn('a', 'A?', 'A.');
select given_run('b', 'B?'), claim_one();
select answer(reply_tool_uses(tool_use_block('t1', 'lookup'), tool_use_block('t2', 'lookup')), 'b');
select refused(pg_temp.cut('session', 4), 'AP117', 'at_seq => 2');
select given_fork('now');
select is((select s.forked_at_seq from agentpg.get_session(session_id('now')) s), 2::bigint, 'null is before the turn that is under way');
select finish_tool('t1'), finish_tool('t2', claim_next => true), answer(reply_text('B.'), 'b');
-- 1 A? 2 A. | 3 B? 4 calls 5 result 6 result 7 B.
select is(pg_temp.nearest('session', 1), 2::bigint, 'as near to either end: the later one');
select is(pg_temp.nearest('session', 3), 2::bigint);
select is(pg_temp.nearest('session', 4), 2::bigint);
select is(pg_temp.nearest('session', 5), 7::bigint);
select is(pg_temp.nearest('session', 6), 7::bigint, 'between a call and its result is no place');
select refused(pg_temp.cut('session', 8), 'AP117', 'at_seq => 7');
select refused(pg_temp.cut('session', -1), 'AP117', 'at_seq => 0');
select given_fork('end', at_seq => 7);
select is((select s.forked_at_seq from agentpg.get_session(session_id('end')) s), 7::bigint);
select is(pg_temp.nearest('end', 4), 2::bigint, 'in a fork the same holds for what it inherited');
select is(pg_temp.nearest('end', 99), 7::bigint);

-- A turn that waits for input is whole as it is.
select given_run('c', 'C?'), claim_one(), answer(reply_text('C is', 'max_tokens'), 'c');
select given_fork('short');
select is((select s.forked_at_seq from agentpg.get_session(session_id('short')) s), 9::bigint);
select agentpg.continue_run(run_id('c'));
select refused(pg_temp.cut('session', 9), 'AP117', 'at_seq => 7');
select given_fork('again', 'short', 9);
select is((select s.forked_at_seq from agentpg.get_session(session_id('again')) s), 9::bigint, 'the fork''s own past does not move');

select refused(format('select agentpg.fork_session(%L)', agentpg._uuid_v7()), 'AP002');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
