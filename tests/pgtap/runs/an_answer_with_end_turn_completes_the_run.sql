begin;
select plan(5);

select freeze('2026-11-22 12:00Z');
select given_instance();
select given_run();
select claim_one();
select advance('3 seconds');
select is(answer(reply_blocks('[{"type": "text", "text": "Hi."}]', usage => '{"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 2}')), 0);
select is((select row(r.state, r.previous_state, r.response_text, r.stop_reason, r.input_tokens, r.output_tokens, r.cache_read_input_tokens,
    r.cache_creation_input_tokens, r.cost_usd, r.iteration_count, r.tool_iterations, r.finalized_at, r.claimed_by_instance_id)::text from agentpg.get_run(run_id()) r),
  row('completed', 'streaming', 'Hi.', 'end_turn', 10, 5, 3, 2, 0.0001134, 1, 0, '2026-11-22 12:00:03Z'::timestamptz, null)::text);
select is((select row(i.number, i.attempt, i.run_mode, i.trigger_type, i.model, i.instance_id, i.request_seq, i.response_seq, i.stop_reason, i.tool_count, i.completed_at - i.started_at)::text from agentpg.run_iterations(run_id()) i),
  row(1, 1, 'streaming', 'user_prompt', 'claude-sonnet-4-5', instance_id(), 1, 2, 'end_turn', 0, interval '3 seconds')::text);
select is((select m.content from agentpg.messages m where m.seq = 2), '[{"type": "text", "text": "Hi."}]');
select is((select row(g.text, g.finished, g.message ->> 'seq')::text from agentpg.get_response(run_id()) g), '(Hi.,t,2)');

select * from finish();
rollback;
