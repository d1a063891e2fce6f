begin;
select plan(12);

select given_instance();
select given_agent('helper');
select remember('agent', 'lead', (agentpg.create_agent('lead', 'claude-sonnet-4-5', agent_ids => array[agent_id('helper')])).id);
select given_run(agent => 'lead', options => '{"max_tokens": 10000}');
select is(claim_one(), 'run');
select answer(reply_tool_uses(
  tool_use_block('toolu_1', 'helper', '{"task": "one"}'), tool_use_block('toolu_2', 'helper', '{"task": "two"}'),
  tool_use_block('toolu_3', 'helper', '{"task": "three"}')
));
create temp table claimed as select * from agentpg.claim_runs(instance_id(), max_count => 10);
select is((select count(*) from claimed), 3::bigint, 'all three may begin');
select cmp_ok((select used_tokens + reserved_tokens from agentpg.budget_usage), '<=', 10000::bigint, 'and cannot use more than the tree may');
select isnt((select min((request ->> 'max_tokens')::integer) from claimed), 4096, 'one with a shorter answer');

-- Each uses all it may.
select agentpg.record_response(c.iteration_id, c.lease_token, reply_blocks('[{"type": "text", "text": "done"}]', 'end_turn',
  jsonb_build_object('input_tokens', 20, 'output_tokens', (c.request ->> 'max_tokens')::integer)))
from claimed c;
select cmp_ok((select used_tokens from agentpg.budget_usage), '<=', 10000::bigint, 'the limit holds');
select is((select reserved_tokens from agentpg.budget_usage), 0::bigint);
select is(state_of(), 'pending', 'the run above goes on');
select is(claim_one(), null, 'but there is nothing left to go on with');
select is(state_of(), 'awaiting_input');
select is((select stop_reason from agentpg.runs where id = run_id('run')), 'run_max_tokens');
select is_empty('select * from agentpg.invariant_violations');
select is((select count(*) from agentpg.messages where session_id = session_id() and content -> 0 ->> 'type' = 'tool_result'), 3::bigint,
  'each call has its result');

select * from finish();
rollback;
