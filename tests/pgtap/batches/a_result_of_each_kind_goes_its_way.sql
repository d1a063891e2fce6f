begin;
select plan(31);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select freeze('2026-11-22 12:00Z');
select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select given_batch_runs('answered', 'asks', 'paused', 'cut', 'refused', 'invalid', 'overloaded', 'expired', 'canceled', 'odd', 'torn');
select gather();
select is(end_batch(), 'ingest');
select is(take(
  succeeded('answered'), succeeded('asks', reply_tool_use('toolu_1', 'lookup')), succeeded('paused', reply_text('And', 'pause_turn')),
  succeeded('cut', reply_text('Half', 'max_tokens')), succeeded('refused', reply_text('No', 'refusal')),
  errored('invalid', 'invalid_request_error', 'prompt is too long'), errored('overloaded', 'api_error'), result_line('expired', '{"type": "expired"}'),
  result_line('canceled', '{"type": "canceled"}'), result_line('odd', '{"type": "surprise"}'), succeeded('torn', reply_text('Wel', null))
), '(11,0,0)');
select is(state_of(n), s::agentpg.run_state, n) from (values
  ('answered', 'completed'), ('asks', 'pending_tools'), ('paused', 'pending'), ('cut', 'awaiting_input'), ('refused', 'completed'),
  ('invalid', 'failed'), ('overloaded', 'pending'), ('expired', 'pending'), ('canceled', 'pending'), ('odd', 'pending'), ('torn', 'pending')
) v(n, s);
select is((select string_agg(name_of_run(f.run_id) || ' ' || f.error_type || ' ' || f.attempt, ', ' order by f.id) from agentpg.failed_attempts f),
  'invalid invalid_request_error 1, overloaded api_error 1, expired batch_expired 1, canceled batch_canceled 1, odd unknown_result 1, torn no_stop_reason 1');
select is((select row(r.error_type, r.error_message)::text from agentpg.get_run(run_id('invalid')) r), '(invalid_request_error,"prompt is too long")');
select is((select row(r.response_text, r.stop_reason, r.input_tokens, r.output_tokens)::text from agentpg.get_run(run_id('answered')) r), '("Hello answered",end_turn,10,5)');
select is((select row(t.run_mode, t.batch_id, t.instance_id, t.lease_token, t.started_at, t.completed_at)::text from agentpg.iterations t where t.run_id = run_id('answered')),
  row('batch', batch_id(), null, null, '2026-11-22 12:00Z'::timestamptz, '2026-11-22 12:10Z'::timestamptz)::text, 'the call took as long as the batch did');
select is(ingested(11), true);
select is((select row(b.state, b.closed_at, b.lease_token, b.next_poll_at)::text from agentpg.batches b), row('ingested', agentpg.now(), null, null)::text);
select is((select string_agg(k.n || ' ' || k.c, ', ' order by k.n) from (select m.result_type as n, count(*) as c from agentpg.batch_members m group by 1) k),
  'canceled 1, errored 3, expired 1, succeeded 6');
select throws_ok($$ select ingested(11) $$, 'AP210', null, 'told once');
select throws_ok($$ select take(succeeded('answered')) $$, 'AP210');

-- A tool turn of a run in batch mode waits for the next batch, whoever ends the tool.
select is(claim_tool(), 'toolu_1');
select is(finish_tool('toolu_1', claim_next => true), null, 'its next request is not handed out to be streamed');
select is((select row(r.state, r.current_iteration, r.current_mode)::text from agentpg.get_run(run_id('asks')) r), '(pending,2,batch)');
select advance('2 minutes');
select set_eq($$ select unnest(gather('next')) $$, '{asks,paused,overloaded,expired,canceled,odd,torn}'::text[]);
select is((select r.attempt from agentpg.get_run(run_id('expired')) r), 2, 'an attempt counts');
select is((select r.attempt from agentpg.get_run(run_id('paused')) r), 1);
select is(batch_request_of('asks') #>> '{messages,2,content,0,type}', 'tool_result');
select is((select r.batch_id from agentpg.get_run(run_id('asks')) r), batch_id('next'));
select is_empty('select * from agentpg.invariant_violations');

select * from finish();
rollback;
