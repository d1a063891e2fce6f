begin;
select plan(11);

select is(agentpg._tool_retry_delay(3, 0), interval '0', 'none at jitter 0');
select is(
  (select bool_and(d.delay between greatest(interval '1 second', make_interval(secs => a ^ 4 * 0.75)) and make_interval(secs => a ^ 4 * 1.25))
   from generate_series(1, 200), lateral (select agentpg._tool_retry_delay(a, 0.25) as delay) d),
  true, format('attempt %s: %s s and a quarter more or less', a, a ^ 4)
)
from unnest('{2,3,5,10}'::integer[]) a;
select is((select min(agentpg._tool_retry_delay(1, 1)) from generate_series(1, 200)), interval '1 second', 'at least a second');
select lives_ok('select agentpg._tool_retry_delay(32767, 1)', 'and no overflow');

select freeze('2026-11-22 12:00Z');
select given_instance();
select agentpg.register_tools(instance_id(), '[{"name": "lookup", "input_schema": {"type": "object"}, "retry_jitter": 0.1, "max_attempts": 5}]');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_use('toolu_1', 'lookup'));
select agentpg.fail_tool(tool_execution_id('toolu_1'), tool_lease('toolu_1'), 'x');
select is(claim_tool(), null);
select advance('2 seconds');
select is(claim_tool(), 'toolu_1');
select agentpg.fail_tool(tool_execution_id('toolu_1'), tool_lease('toolu_1'), 'x');
select advance('14 seconds');
select is(claim_tool(), null, 'the second time 16 seconds, a tenth more or less');
select advance('4 seconds');
select is(claim_tool(), 'toolu_1');

select * from finish();
rollback;
