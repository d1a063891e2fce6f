-- Deploy agentpg:runs/settle_summary to pg
-- requires: runs/compact_run
begin;

create function agentpg._conversation_again(run agentpg.runs)
returns agentpg.runs
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  run.compaction_id := null;
  select agentpg._queue_id(q.run_mode, p.model) into run.queue_id
  from agentpg.queues q, agentpg.prompt_prefixes p
  where q.id = run.queue_id and p.id = run.prefix_id;
  return run;
end
$$;
comment on function agentpg._conversation_again(agentpg.runs) is 'The run, its next model call being one of the conversation.';

create function agentpg._give_up_summary(run agentpg.runs, error_type text, error_message text)
returns agentpg.runs
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_compaction agentpg.compactions;
begin
  select c.* into v_compaction from agentpg.compactions c where c.id = run.compaction_id;
  update agentpg.compactions c
  set state = 'failed', error_type = _give_up_summary.error_type, error_message = left(_give_up_summary.error_message, 10000), closed_at = agentpg.now()
  where c.id = run.compaction_id and c.state = 'summarizing';
  perform agentpg._emit(run, 'compaction_failed', jsonb_build_object('compaction_id', run.compaction_id,
    'error_type', _give_up_summary.error_type, 'error_message', left(_give_up_summary.error_message, 1000)), run.iteration_id);
  if v_compaction.session_id <> run.session_id then
    return agentpg._finalize_run(run, 'failed', null, _give_up_summary.error_type, _give_up_summary.error_message);
  end if;
  -- The conversation goes on with the context as it is; only an overflow asks for another try.
  run.compact_above := 2147483647;
  return agentpg._next_iteration(agentpg._conversation_again(run));
end
$$;
comment on function agentpg._give_up_summary(agentpg.runs, text, text) is
  'No summary came: a run of its own fails, any other goes on without. The caller holds the locks of session and run.';

create function agentpg._settle_summary(run agentpg.runs, response jsonb, request_id text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_compaction agentpg.compactions;
  v_text text := btrim(agentpg._content_text(response -> 'content'), E' \t\r\n');
  v_stop text := response ->> 'stop_reason';
  v_seq bigint;
begin
  select c.* into v_compaction from agentpg.compactions c where c.id = run.compaction_id for no key update;
  if v_compaction.session_id <> run.session_id and v_stop <> 'refusal' and coalesce(v_text, '') <> '' then
    v_seq := agentpg._append_message(run.session_id, 'assistant', jsonb_build_array(jsonb_build_object('type', 'text', 'text', v_text)),
      run.id, run.iteration_id, run.tenant_id);
  end if;
  perform agentpg._write_iteration(run, response, v_seq, 0, request_id);
  perform agentpg._emit(run, 'model_call_finished', null, run.iteration_id);
  if v_stop not in ('end_turn', 'stop_sequence', 'max_tokens') or coalesce(v_text, '') = '' then
    perform agentpg._give_up_summary(run, 'no_summary', format('the summarizer stopped with %s and %s characters', v_stop, length(coalesce(v_text, ''))));
    return;
  end if;
  update agentpg.compactions c
  set summary = v_text, summarized_seq = c.chunk_seq, summary_calls = c.summary_calls + 1,
    compacted_tokens = case when c.chunk_seq < c.cut_seq then c.compacted_tokens else least(c.original_tokens, greatest(0,
      c.compacted_tokens - (c.config ->> 'summarizer_max_tokens')::integer + agentpg._token_count(response -> 'usage', 'output_tokens')))::integer end
  where c.id = v_compaction.id
  returning c.* into v_compaction;
  if v_compaction.summarized_seq < v_compaction.cut_seq then
    update agentpg.compactions c set chunk_seq = agentpg._chunk_end(v_compaction) where c.id = v_compaction.id;
    perform agentpg._next_iteration(run);
  elsif v_compaction.session_id <> run.session_id then
    perform agentpg._switch_if_current(v_compaction);
    perform agentpg._emit_compaction(run, v_compaction.id);
    perform agentpg._finalize_run(run, 'completed', v_stop);
  else
    perform agentpg._put_in_force(v_compaction);
    perform agentpg._emit_compaction(run, v_compaction.id);
    run.context_tokens := v_compaction.compacted_tokens;
    run.compact_above := agentpg._above(run.compact_above, run.context_tokens);
    perform agentpg._next_iteration(agentpg._conversation_again(run));
  end if;
end
$$;
comment on function agentpg._settle_summary(agentpg.runs, jsonb, text) is
  'Takes the answer of a model call that summarizes: the next part of a long history, or the switch. The caller holds the locks of session and run.';

commit;
