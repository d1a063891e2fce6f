begin;
select plan(11);

select given_instance();
create function pg_temp.again(run text) returns text language sql as $$
  select format('select agentpg.regenerate_run(%L)', agentpg_test.run_id(run))
$$;
select refused(format('select agentpg.regenerate_run(%L)', agentpg._uuid_v7()), 'AP003', '');
select given_run('a'), given_run('b');
select refused(pg_temp.again('a'), 'AP220');
select refused(pg_temp.again('b'), 'AP220');
select claim_one();
select refused(pg_temp.again('a'), 'AP220');

-- A run that waits for input has an answer, if a short one: it is completed first.
select given_session('short'), given_run('s', session => 'short'), agentpg.cancel_run(run_id('b')), agentpg.cancel_run(run_id('a')), claim_one();
select answer(reply_text('Half', 'max_tokens'), 's'), given_regenerated('s2', 's');
select is(state_of('s'), 'completed');
select is(claim_one(), 's2');
select is(context_of('s2'), '{user: Hello?}');

-- Runs that were cancelled, one of them before its turn came.
select given_regenerated('b2', 'b'), claim_one();
select is(context_of('b2'), '{user: Hello? Hello?}', 'it had no place of its own in the transcript: it has one now');
select answer(reply_text('B.'), 'b2'), given_regenerated('a2', 'a');
select isnt((select r.session_id from agentpg.get_run(run_id('a2')) r), session_id(), 'and the one before it is now an earlier turn');

select refused(format('select agentpg.regenerate_run(%L, %L)', run_id('b2'), '{"max_iteration": 3}'), 'AP101', 'max_iterations');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
