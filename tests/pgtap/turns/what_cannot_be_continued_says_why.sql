begin;
select plan(25);

select given_instance();
create function pg_temp.on_with(run text, options text default null, prompt text default null) returns text language sql as $$
  select format('select agentpg.continue_run(%L, %L, options => %L)', agentpg_test.run_id(run), prompt, options)
$$;
select refused(format('select agentpg.continue_run(%L)', agentpg._uuid_v7()), 'AP003', '');
select given_run();
select refused(pg_temp.on_with('run'), 'AP223', 'why_waiting');
select is(ids_in_error(pg_temp.on_with('run')) ->> 'state', 'pending');
select claim_one();
select refused(pg_temp.on_with('run'), 'AP223', 'why_waiting');
select answer(reply_text('Half', 'max_tokens'));
create temporary table before as select everything() as hash;
select refused(pg_temp.on_with('run', '{"max_iteration": 3}'), 'AP101', 'did you mean max_iterations');
select refused(pg_temp.on_with('run', '{"model": "claude-haiku-4-5"}'), 'AP101', 'regenerate');
select refused(pg_temp.on_with('run', '{"max_iterations": 0}'), 'AP108', '');
select refused(pg_temp.on_with('run', '{"max_iterations": -1}'), 'AP108', '');
select refused(pg_temp.on_with('run', '{"max_continuations": -1}'), 'AP108', '');
select refused(pg_temp.on_with('run', '{"deadline": "soon"}'), 'AP111');
select refused(pg_temp.on_with('run', '{"deadline": "2020-01-01"}'), 'AP111', 'clock of the database');
select refused(pg_temp.on_with('run', '[]'), 'AP111', '');
select refused(pg_temp.on_with('run', prompt => '  '), 'AP102');
select refused(format('select agentpg.continue_run(%L, content => ''[]'')', run_id()), 'AP102');
select refused(format('select agentpg.continue_run(%L, ''x'', ''[]'')', run_id()), 'AP100');
select refused(format('select agentpg.continue_run(%L, content => ''[{"type": "tool_use"}]'')', run_id()), 'AP103');
select is(everything(), (select b.hash from before b), 'nothing of that has changed anything');
select lives_ok(pg_temp.on_with('run', 'null'), 'no options are no options');
select refused(pg_temp.on_with('run'), 'AP223', 'why_waiting');
select claim_one(), answer(reply_text());
select refused(pg_temp.on_with('run'), 'AP223', 'regenerate');

-- A deadline that has passed needs a new one, as long as maintenance has not ended the run.
select freeze('2030-01-01');
select given_run('late', session => 'late', options => '{"deadline": "2030-01-02"}'), claim_one(), answer(reply_text('Half', 'max_tokens'), 'late');
select advance('2 days');
select refused(pg_temp.on_with('late'), 'AP111', 'deadline');
select lives_ok(pg_temp.on_with('late', '{"deadline": "2030-01-04"}'));
select advance('2 days'), maintain();
select is((select row(r.state, r.error_type)::text from agentpg.get_run(run_id('late')) r), '(failed,deadline_exceeded)', 'and the new one holds');

-- A regenerated run does not carry a deadline that has passed.
select given_regenerated('again', 'late');
select is((select r.options from agentpg.get_run(run_id('again')) r), '{}');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
