begin;
select plan(2);

select freeze('2026-11-22 12:00Z');
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run(variables => '{"user": 7}');
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup', '{"q": 1}'), claim_tools => false);
create temporary table claim as select * from agentpg.claim_tool_executions(instance_id());
select is(
  (select row(c.lease_expires_at, c.run_id, c.session_id, c.tool_use_id, c.tool_name, c.input, c.variables, c.attempt)::text from claim c),
  row('2026-11-22 12:00:20Z'::timestamptz, run_id(), session_id(), 'toolu_1', 'lookup', '{"q": 1}'::jsonb, '{"user": 7}'::jsonb, 1)::text
);
select is((select row(t.state, t.attempt, t.claimed_by_instance_id, t.started_at)::text from agentpg.tool_calls t),
  row('running', 1, instance_id(), '2026-11-22 12:00Z'::timestamptz)::text);

select * from finish();
rollback;
