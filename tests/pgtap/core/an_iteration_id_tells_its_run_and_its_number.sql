begin;
select plan(11);

create temporary table made as select n, agentpg._new_run_id() as id from generate_series(1, 1000) n;
select is((select count(distinct m.id)::integer from made m), 1000, 'no two runs are equal');
select ok((select bool_and(agentpg._iteration_number(m.id) = 0 and agentpg._run_of_iteration(m.id) = m.id) from made m), 'the end of their ids is free');
select ok((
  select bool_and(agentpg._run_of_iteration(agentpg._iteration_id(m.id, k.n)) = m.id and agentpg._iteration_number(agentpg._iteration_id(m.id, k.n)) = k.n)
  from made m, unnest(array[1, 2, 255, 256, 4095, 65535]) as k(n)
), 'there and back');
select is(agentpg._iteration_id('019f0000-0000-7abc-8def-0123456f0000', 300), '019f0000-0000-7abc-8def-0123456f012c', 'the number in hexadecimal digits');

select given_instance();
select given_run();
select claim_one();
select is(iteration_id(), agentpg._iteration_id(run_id(), 1), 'a run''s first model call');
select answer(reply_text('Half', 'pause_turn'));
select claim_one();
select is(iteration_id(), agentpg._iteration_id(run_id(), 2), 'and its second');
create function pg_temp.answered(id uuid) returns text language sql as $$
  select format('select agentpg.record_response(%L, %L, %L)', id, agentpg._uuid_v7(), agentpg_test.reply_text())
$$;
select refused(pg_temp.answered(agentpg._iteration_id(run_id(), 3)), 'AP004', '');
select refused(pg_temp.answered(run_id()), 'AP004', '');
select refused(pg_temp.answered(agentpg._iteration_id(agentpg._new_run_id(), 1)), 'AP004', '');
select refused(pg_temp.answered(agentpg._iteration_id(run_id(), 1)), 'AP210', '');
select refused(format('select agentpg.iteration_tool_calls(%L)', agentpg._iteration_id(run_id(), 3)), 'AP004', '');

select * from finish();
rollback;
