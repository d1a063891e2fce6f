begin;
select plan(35);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
create temporary table bad (name text, result jsonb, error_type text);
insert into bad values
  ('no message', '{"type": "succeeded"}', 'invalid_response'),
  ('no object', '{"type": "succeeded", "message": "hi"}', 'invalid_response'),
  ('no content', '{"type": "succeeded", "message": {"role": "assistant"}}', 'invalid_response'),
  ('no type', '{"type": "succeeded", "message": {"role": "assistant", "content": [{}], "stop_reason": "end_turn"}}', 'invalid_response'),
  ('no name', '{"type": "succeeded", "message": {"role": "assistant", "content": [{"type": "tool_use", "id": "t"}], "stop_reason": "tool_use"}}', 'invalid_response'),
  ('negative', '{"type": "succeeded", "message": {"role": "assistant", "content": [{"type": "text", "text": "x"}], "stop_reason": "end_turn", "usage": {"input_tokens": -5}}}', null),
  ('huge count', '{"type": "succeeded", "message": {"role": "assistant", "content": [{"type": "text", "text": "x"}], "stop_reason": "end_turn", "usage": {"input_tokens": 1e30}}}', null),
  ('no number', '{"type": "succeeded", "message": {"role": "assistant", "content": [{"type": "text", "text": "x"}], "stop_reason": "end_turn", "usage": {"input_tokens": "many", "output_tokens": {}}}}', null),
  ('twice', '{"type": "succeeded", "message": {"role": "assistant", "stop_reason": "tool_use", "content": [{"type": "tool_use", "id": "t", "name": "lookup", "input": {}}, {"type": "tool_use", "id": "t", "name": "lookup", "input": {}}]}}', null),
  ('number', '{"type": "succeeded", "message": {"role": "assistant", "stop_reason": "tool_use", "content": [{"type": "tool_use", "id": 7, "name": 7, "input": 7}]}}', null),
  ('error text', '{"type": "errored", "error": "bad"}', null),
  ('error null', '{"type": "errored"}', null),
  ('error empty', '{"type": "errored", "error": {"type": "error", "error": {}}}', null),
  ('text', '"expired"', null), ('null', 'null', null), ('list', '[1]', null), ('empty', '{}', null), ('type', '{"type": {"type": "succeeded"}}', null),
  ('usage null', '{"type": "succeeded", "message": {"role": "assistant", "content": [], "stop_reason": "end_turn", "usage": null}}', null);
select given_batch_runs(variadic array(select b.name from bad b)), given_batch_runs('good one', 'good two');
select gather();
select is(end_batch(), 'ingest');
select lives_ok($$ select take(variadic array[succeeded('good one')] || array(select result_line(b.name, b.result) from bad b) || array[succeeded('good two')]) $$);
select is(state_of(n), 'completed', n) from unnest('{good one,good two}'::text[]) n;
select isnt(state_of(b.name), 'batch_pending', b.name) from bad b;
select is((select r.error_type from agentpg.get_run(run_id(b.name)) r), b.error_type, b.name) from bad b where b.error_type is not null;
select is((select count(*)::integer from agentpg.batch_members m where m.settled_at is null), 0, 'all are settled');
select is(ingested((select b.request_count from agentpg.batches b)), true);
select is_empty('select * from agentpg.invariant_violations');
select is((select count(*)::integer from agentpg.runs r where r.state = 'batch_pending'), 0);
-- Without a line at all.
select is((select count(*)::integer from agentpg.messages m where m.role = 'assistant' and m.run_id = run_id('good one')), 1, 'the second reading of the chunk doubles nothing');
select lives_ok('select maintain()');
select is((select bool_and(agentpg.cancel_run(r.id)) from agentpg.runs r where r.finalized_at is null), true);

select * from finish();
rollback;
