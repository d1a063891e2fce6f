begin;
select plan(8);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select claim_one();
select answer(reply_tool_uses(tool_use_block('toolu_1', 'lookup'), tool_use_block('toolu_2', 'lookup')));
select is(finish_tool('toolu_2', '{"rows": 3}', claim_next => true), null, 'another call is open');
select is((select row(r.state, r.open_tools)::text from agentpg.get_run(run_id()) r), '(pending_tools,1)');
select is(finish_tool('toolu_1', '[{"type": "text", "text": "blocks"}]', is_error => true, claim_next => true), 'run', 'the last one hands out the next request');
select is((select row(r.state, r.current_iteration, r.attempt, r.open_tools, r.claimed_by_instance_id)::text from agentpg.get_run(run_id()) r), format('(streaming,2,1,0,%s)', instance_id()));
select is(request_of() #> '{messages,2}', '{"role": "user", "content": [
  {"type": "tool_result", "tool_use_id": "toolu_2", "content": "{\"rows\": 3}"},
  {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "blocks"}], "is_error": true}
]}', 'all results stand in one user message');
select is((select row(t.output, t.is_error, t.state)::text from agentpg.run_tool_calls(run_id()) t where t.tool_use_id = 'toolu_1'), '(blocks,t,completed)');
select is((select t.output_content from agentpg.run_tool_calls(run_id()) t where t.tool_use_id = 'toolu_1'), '[{"type": "text", "text": "blocks"}]');
select answer(reply_text('Done.'));
select is((select array_agg(i.trigger_type order by i.number) from agentpg.run_iterations(run_id()) i), '{user_prompt,tool_results}');

select * from finish();
rollback;
