begin;
select plan(14);

select given_instance('{search}');
select given_agent(tools => '{search}');
select given_run(options => '{"max_tokens": 5000}');
select is(claim_one(), 'run');
select is((request_of() ->> 'max_tokens')::integer, 4096, 'the first call has room for all that the agent may say');
select cmp_ok((select reserved_tokens from agentpg.budget_usage), '>', 4096::bigint, 'the worst case is reserved, the prompt with it');
select answer(reply_blocks(jsonb_build_array(tool_use_block('toolu_1', 'search')), 'tool_use', '{"input_tokens": 1500, "output_tokens": 500}'));
select results_eq('select used_tokens, reserved_tokens from agentpg.budget_usage', 'values (2000::bigint, 0::bigint)', 'what it used counts, nothing is reserved any more');

select finish_tool('toolu_1', '"found"', claim_next => true);
select is(state_of(), 'streaming', 'the worker goes on');
select cmp_ok((request_of() ->> 'max_tokens')::integer, '<', 3000, 'with a shorter answer, as far as the limit allows');
select cmp_ok((select used_tokens + reserved_tokens from agentpg.budget_usage), '<=', 5000::bigint);
select answer(reply_blocks(jsonb_build_array(tool_use_block('toolu_2', 'search')), 'tool_use', '{"input_tokens": 1800, "output_tokens": 900}'));
select is(finish_tool('toolu_2', '"found"', claim_next => true), null, 'nothing is left for a third');
select is(state_of(), 'awaiting_input');
select is((select stop_reason from agentpg.runs), 'run_max_tokens', 'the stop reason says which limit');
select is((select reserved_tokens from agentpg.budget_usage), 0::bigint);
select is_empty('select * from agentpg.invariant_violations');

select refused(format('select agentpg.create_run(%L, %L, ''x'', options => ''{"max_tokens": 0}'')', session_id(), agent_id()), 'AP108', '');
select refused(format('select agentpg.create_run(%L, %L, ''x'', options => ''{"max_cost_usd": -1}'')', session_id(), agent_id()), 'AP108');

select * from finish();
rollback;
