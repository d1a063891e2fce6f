-- Deploy agentpg:runs/write_iteration to pg
-- requires: runs/iterations
-- requires: conversation/append_message
-- requires: registry/cost
begin;

create function agentpg._write_iteration(
  run agentpg.runs, response jsonb, response_seq bigint, tool_count integer, request_id text
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := agentpg.now();
  v_queue record;
  v_asked record;
  v_billed agentpg.billed_usage;
  v_prefix_id uuid := run.prefix_id;
begin
  select q.run_mode, q.model, s.compaction_id into v_queue
  from agentpg.queues q, agentpg.sessions s
  where q.id = run.queue_id and s.id = run.session_id;
  select m.seq, m.role, m.iteration_id into v_asked
  from agentpg.messages m
  where m.session_id = run.session_id and m.seq < coalesce(_write_iteration.response_seq, 9223372036854775807)
  order by m.seq desc
  limit 1;
  v_billed := agentpg._billed(v_queue.model, v_queue.run_mode, response -> 'usage', v_now);
  if run.compaction_id is not null then
    select coalesce(c.prefix_id, run.prefix_id) into v_prefix_id from agentpg.compactions c where c.id = run.compaction_id;
  end if;
  insert into agentpg.iterations (
    id, run_id, number, attempt, rescue_attempts, run_mode, trigger_type, model, prefix_id, instance_id, lease_token,
    batch_id, compaction_id, request_seq, response_seq, stop_reason, tool_count,
    input_tokens, output_tokens, cache_creation_input_tokens, cache_creation_1h_input_tokens, cache_read_input_tokens, cost_usd, usage,
    request_id, message_id, response, started_at, completed_at
  ) values (
    run.iteration_id, run.id, run.iteration_number, run.attempt, run.rescue_attempts, v_queue.run_mode,
    case
      when run.compaction_id is not null then 'compaction'
      when v_asked.iteration_id is null and v_asked.role = 'user' then 'user_prompt'
      when v_asked.role = 'user' then 'tool_results'
      else 'continuation'
    end,
    v_queue.model, v_prefix_id, run.claimed_by, run.lease_token,
    case when v_queue.run_mode = 'batch' then run.batch_id end, coalesce(run.compaction_id, v_queue.compaction_id),
    v_asked.seq, _write_iteration.response_seq, response ->> 'stop_reason', _write_iteration.tool_count,
    v_billed.input_tokens, v_billed.output_tokens, v_billed.cache_creation_input_tokens, v_billed.cache_creation_1h_input_tokens,
    v_billed.cache_read_input_tokens, v_billed.cost_usd, response -> 'usage',
    _write_iteration.request_id, response ->> 'id',
    case when _write_iteration.response_seq is null
        or response ->> 'stop_reason' not in (
          'end_turn', 'stop_sequence', 'tool_use', 'max_tokens', 'pause_turn', 'compaction', 'refusal', 'model_context_window_exceeded'
        )
        or agentpg._without_blank_text(response -> 'content') <> response -> 'content'
      then response end,
    run.claimed_at, v_now
  );
  if run.budget_ids is not null then
    perform agentpg._spend(run.budget_ids, t) from agentpg.iterations t where t.run_id = run.id and t.number = run.iteration_number;
  end if;
end
$$;
comment on function agentpg._write_iteration(agentpg.runs, jsonb, bigint, integer, text) is
  'Writes the row of an answered model call; called before anything follows the answer in the transcript.';

commit;
