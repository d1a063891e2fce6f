begin;
select plan(10);

select freeze('2026-11-22 12:00Z');
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
create function pg_temp.fail(outcome text default 'retry', claim_next boolean default false) returns setof agentpg.run_claim language sql as
$$ select * from agentpg.fail_tool(tool_execution_id('toolu_1'), tool_lease('toolu_1'), 'no network', outcome, claim_next) $$;
select is_empty('select * from pg_temp.fail()');
select is((select row(t.state, t.attempt, t.available_at, t.last_error, t.claimed_by_instance_id)::text from agentpg.tool_calls t),
  row('pending', 1, '2026-11-22 12:00Z'::timestamptz, 'no network', null)::text, 'jitter 0 means at once');
select is_empty('select * from pg_temp.fail()', 'said again, it changes nothing');
select is((select count(*)::integer from agentpg.failed_attempts), 1);
select is(claim_tool(), 'toolu_1');
select isnt_empty('select * from pg_temp.fail(claim_next => true)', 'the second failure ends it and the run goes on');
select isnt_empty('select * from pg_temp.fail(claim_next => true)', 'said again, it returns the same');
select is((select row(t.state, t.attempt, t.is_error, t.output, t.error_message)::text from agentpg.run_tool_calls(run_id()) t), '(failed,2,t,"no network","no network")', 'the model is told');
select is((select array_agg(f.error_type || ' ' || f.attempt order by f.id) from agentpg.failed_attempts f), '{"retry 1","retry 2"}');
select is(state_of(), 'streaming');

select * from finish();
rollback;
