begin;
select plan(6);

create function pg_temp.listed(state agentpg.run_state) returns text[] language sql as $$
  select array_agg(name_of_run(r.id) order by name_of_run(r.id)) from agentpg.list_runs(state => listed.state) r
$$;
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run('done', session => 's1'), claim_one(), answer(reply_text(), 'done');
select given_run('short', session => 's2'), claim_one(), answer(reply_text('Half', 'max_tokens'), 'short');
select given_run('tools', session => 's3'), claim_one(), answer(reply_tool_use('toolu_1', 'lookup'), 'tools');
select given_run('cancelled', session => 's4');
select agentpg.cancel_run(run_id('cancelled'));
select given_run('streaming', session => 's5'), claim_one();
select given_run('waiting', session => 's6'), given_run('behind', session => 's6');
select is(pg_temp.listed('completed'), '{done}');
select is(pg_temp.listed('awaiting_input'), '{short}');
select is(pg_temp.listed('pending_tools'), '{tools}');
select is(pg_temp.listed('cancelled'), '{cancelled}');
select is(pg_temp.listed('streaming'), '{streaming}');
select is(pg_temp.listed('pending'), '{behind,waiting}');

select * from finish();
rollback;
