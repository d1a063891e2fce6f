begin;
select plan(15);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_run();
select is(kinds(), '{}', 'nothing has happened');
select claim_one();
select is(say('Let me '), '{"busy": [], "stale": 0, "published": 1}');
select agentpg.publish_events(jsonb_build_array(piece('Hm.', kind => 'thinking'), piece('see.')));
select answer(reply_tool_use('toolu_1', 'lookup', '{"word": "x"}'));
select is(say('Late.'), '{"busy": [], "stale": 1, "published": 0}', 'the answer ends what may be said');
select is(agentpg.publish_events(jsonb_build_array(jsonb_build_object(
  'tool_execution_id', tool_execution_id('toolu_1'), 'lease_token', tool_lease('toolu_1'), 'kind', 'tool_progress', 'data', '{"message": "half"}'::jsonb
))) ->> 'published', '1');
select finish_tool('toolu_1', '"found"', claim_next => true);
select answer(reply_text('It is x.'));
select is(kinds(), '{text,thinking,text,model_call_finished,tool_started,tool_progress,tool_finished,model_call_finished,run_ended}');
select is((select array_agg(e.seq order by e.seq) from agentpg.read_events(run_id()) e), array[1, 2, 3, 4, 5, 6, 7, 8, 9]::bigint[], 'without gaps');
select is(kinds(after => 7), '{model_call_finished,run_ended}', 'from a cursor on');
select is((select array_agg(e.kind order by e.seq) from agentpg.read_events(run_id(), 2, 2) e), '{text,model_call_finished}', 'page by page');
select is(event_data('text'), '{"text": "see."}');
select is(event_data('tool_started') - 'tool_use_id', '{"name": "lookup", "input": {"word": "x"}, "attempt": 1, "agent_id": null, "iteration": 1, "child_run_id": null, "is_agent_tool": false}');
select is(event_data('tool_progress') ->> 'message', 'half');
select is((select row(d ->> 'state', d ->> 'output', d ->> 'is_error')::text from event_data('tool_finished') d), '(completed,found,false)');
select is((select row(d ->> 'text', d ->> 'stop_reason', d ->> 'iteration', d ->> 'output_tokens')::text from event_data('model_call_finished') d), '("It is x.",end_turn,2,5)');
select is((select row(d ->> 'state', d ->> 'text', d ->> 'output_tokens')::text from event_data('run_ended') d), '(completed,"It is x.",10)');
select isnt((select s.ended_at from agentpg.run_streams s), null);

select * from finish();
rollback;
