begin;
select plan(5);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_blocks(jsonb_build_array('{"type": "hologram", "data": {"x": 1.50}}'::jsonb, tool_use_block('toolu_1', 'lookup')), 'sabbatical', extra => '{"future_field": 1}'));
select is((select row(r.state, r.stop_reason)::text from agentpg.get_run(run_id()) r), '(awaiting_input,sabbatical)');
select is((select m.content -> 0 from agentpg.messages m where m.seq = 2), '{"type": "hologram", "data": {"x": 1.50}}');
select is((select i.response -> 'future_field' from agentpg.run_iterations(run_id()) i), '1', 'the whole answer is kept beside it');
select is((select count(*)::integer from agentpg.tool_executions), 0, 'nothing is executed on a guess');
select is((select count(*)::integer from agentpg.messages m where m.content #>> '{0,tool_use_id}' = 'toolu_1'), 1, 'but the call is answered');

select * from finish();
rollback;
