begin;
select plan(4);

select freeze('2026-11-22 12:00Z');
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one(), answer(reply_tool_uses(tool_use_block('toolu_1', 'lookup', '{"a": 1}'), tool_use_block('toolu_2', 'lookup', '{"a": 2}')));
select advance('2 seconds');
select finish_tool('toolu_2', '"two"');
select results_eq('select tool_use_id, input, output, state::text, duration from agentpg.tool_calls order by block_index',
  $$ values ('toolu_1', '{"a": 1}'::jsonb, '', 'running', null::interval), ('toolu_2', '{"a": 2}', 'two', 'completed', interval '2 seconds') $$);
select is((select array_agg(t.tool_use_id) from agentpg.iteration_tool_calls(iteration_id()) t), '{toolu_1,toolu_2}');
select finish_tool('toolu_1', claim_next => true);
select is((select count(*)::integer from agentpg.iteration_tool_calls(iteration_id())), 0, 'the current iteration has none yet');
select refused(format('select * from agentpg.iteration_tool_calls(%L)', agentpg._uuid_v7()), 'AP004', '');

select * from finish();
rollback;
