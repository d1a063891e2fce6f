begin;
select plan(7);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select is((select row(g.state, g.text, g.finished, g.message, g.tool_calls, g.cost_usd, g.iteration_count)::text from agentpg.get_response(run_id()) g), '(pending,"",f,,[],0,0)');
select claim_one();
select answer(reply_blocks(jsonb_build_array(text_block('Let me '), text_block('look.'), tool_use_block('toolu_1', 'lookup', '{"q": 1}')), 'tool_use'));
select is((select row(g.state, g.text, g.finished)::text from agentpg.get_response(run_id()) g), '(pending_tools,"Let me look.",f)', 'text blocks joined, so far');
select finish_tool('toolu_1', '"found"', claim_next => true);
select answer(reply_text('There.'));
select is((select row(g.state, g.text, g.stop_reason, g.error_type, g.input_tokens, g.output_tokens, trim_scale(g.cost_usd), g.iteration_count, g.tool_iterations, g.finished)::text from agentpg.get_response(run_id()) g),
  '(completed,There.,end_turn,,20,10,0.00021,2,1,t)');
select is((select g.message - 'created_at' from agentpg.get_response(run_id()) g), '{"role": "assistant", "content": [{"type": "text", "text": "There."}], "seq": 4}');
select is((select g.tool_calls -> 0 from agentpg.get_response(run_id()) g) - array['tool_execution_id', 'duration', 'duration_ms', 'started_at', 'completed_at'],
  '{"iteration_number": 1, "tool_use_id": "toolu_1", "name": "lookup", "input": {"q": 1}, "output": "found", "output_content": "found", "is_error": false, "error_message": null,
    "is_agent_tool": false, "agent_id": null, "child_run_id": null, "state": "completed", "attempt": 1}');
select refused(format('select * from agentpg.get_response(%L)', agentpg._uuid_v7()), 'AP003', 'commit');
select results_eq($$ select f.run_id, f.state::text from agentpg.finished_runs(array[run_id(), '00000000-0000-0000-0000-000000000000']::uuid[]) f order by 1 desc $$,
  $$ values (run_id(), 'completed'), ('00000000-0000-0000-0000-000000000000', null) $$, 'one poll for many waiters; a run that is gone has no state');

select * from finish();
rollback;
