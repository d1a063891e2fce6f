begin;
select plan(26);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
create function pg_temp.ask(key text default null, options jsonb default '{}') returns text language sql as $$
  select format('select agentpg.create_run(%L, %L, ''Another?'', options => %L, idempotency_key => %L)',
    agentpg_test.session_id(), agentpg_test.agent_id(), options, key)
$$;
select given_session();
select is((select s.on_busy from agentpg.get_session(session_id()) s), 'enqueue');
select given_run('a'), given_run('b');
select is((select r.blocked from agentpg.get_run(run_id('b')) r), true, 'by default it waits in line');

select is((agentpg.update_session(session_id(), '{"on_busy": "reject"}')).on_busy, 'reject');
select refused(pg_temp.ask(), 'AP224');
select is(ids_in_error(pg_temp.ask()) ->> 'run_id', run_id('a')::text, 'the refusal names the run that is active');
select lives_ok(pg_temp.ask(options => '{"on_busy": "enqueue"}'), 'the option of a run goes before the session''s policy');
select is((select count(*) from agentpg.list_runs(session_id => session_id()) r where r.blocked), 2::bigint);

select claim_one(), answer(reply_tool_uses(tool_use_block('t1', 'lookup'), tool_use_block('t2', 'lookup')), 'a');
select agentpg.update_session(session_id(), '{"on_busy": "interrupt"}');
select given_run('c', 'Never mind: C?');
select is((select array_agg(row(r.state, r.error_message)::text) from agentpg.get_run(run_id('a')) r), '{"(cancelled,interrupted)"}');
select is((select array_agg(r.state::text) from agentpg.list_runs(session_id => session_id()) r), '{pending,cancelled,cancelled,cancelled}', 'and so are those that waited');
select is(claim_one(), 'c', 'the new one starts at once');
select is(context_of('c'), '{user: Hello?,assistant: <t1> <t2>,user: </t1> </t2> Never mind: C?}', 'and finds every call answered');
select is_empty('select faults_of(''c'')');
select refused(format('select agentpg.complete_tool(%L, %L, ''"late"'')', tool_execution_id('t1'), tool_lease('t1')), 'AP202');

-- Interrupted while the model speaks: its answer comes too late, what it cost may still be reported.
select given_run('d', 'D?');
select is(state_of('c'), 'cancelled');
select refused(format('select agentpg.record_response(%L, %L, %L)', iteration_id('c'), run_lease('c'), reply_text('late')), 'AP202');
select is((select f.kind from agentpg.failed_attempts f where f.run_id = run_id('c')), 'abandoned');

-- The same request again is the same run, whatever the policy.
select agentpg.update_session(session_id(), '{"on_busy": "reject"}'), agentpg.cancel_run(run_id('d'));
select remember('run', 'e', agentpg.create_run(session_id(), agent_id(), 'Another?', idempotency_key => 'k'));
select lives_ok(pg_temp.ask('k'));
select agentpg.update_session(session_id(), '{"on_busy": "interrupt"}');
select lives_ok(pg_temp.ask('k'));
select is(state_of('e'), 'pending', 'it does not interrupt itself');

-- A run that waits for input is in nobody's way.
select claim_one(), answer(reply_text('Half', 'max_tokens'), 'e');
select agentpg.update_session(session_id(), '{"on_busy": "reject"}');
select given_run('f', 'F?');
select is(state_of('e'), 'completed');

select refused(format('select agentpg.update_session(%L, ''{"on_busy": "interupt"}'')', session_id()), 'AP100', 'did you mean interrupt');
select refused('select agentpg.create_session(on_busy => ''queue'')', 'AP100', 'did you mean enqueue');
select refused('select agentpg.create_session(on_busy => null)', 'AP100');
select refused(pg_temp.ask(options => '{"on_busy": "rejects"}'), 'AP111', 'did you mean reject');
select refused(pg_temp.ask(options => '{"on_busy": true}'), 'AP111', '');
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
