-- Deploy agentpg:runs/compact_run to pg
-- requires: conversation/apply_compaction
-- requires: conversation/switch_compaction
-- requires: runs/next_iteration
-- requires: runs/finalize_run
begin;

create function agentpg._compaction_layers(config jsonb, session_config jsonb, options jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (select s.compaction from agentpg.settings s)
    || case when config ? 'compaction_trigger' then jsonb_build_object('trigger', config -> 'compaction_trigger') else '{}' end
    || coalesce(config -> 'compaction', '{}') || coalesce(session_config, '{}') || coalesce(options -> 'compaction', '{}');
end
$$;
comment on function agentpg._compaction_layers(jsonb, jsonb, jsonb) is
  'What differs from the defaults: the settings, over them the agent''s config, the session, the options of the run.';

create function agentpg._compact_above(config jsonb, session_config jsonb, options jsonb, model text)
returns integer
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_auto boolean := coalesce((options ->> 'auto_compaction')::boolean, (config ->> 'auto_compaction')::boolean);
  v_layers jsonb;
begin
  if not coalesce(v_auto, (select s.auto_compaction from agentpg.settings s)) then
    return null;
  end if;
  v_layers := agentpg._compaction_layers(config, session_config, options);
  -- Without a known window there is no trigger; what overflows it is compacted all the same.
  return coalesce(floor(
    coalesce((v_layers ->> 'trigger')::numeric, 0.85)
    * coalesce((v_layers ->> 'max_context_tokens')::integer, (select m.max_input_tokens from agentpg.models m where m.id = _compact_above.model))
  ), 2147483647)::integer;
end
$$;
comment on function agentpg._compact_above(jsonb, jsonb, jsonb, text) is
  'The size above which a run compacts its session by itself; null when it does not.';

create function agentpg._above(compact_above integer, context_tokens integer)
returns integer
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select least(greatest(compact_above, context_tokens * 1.1), 2147483647)::integer
$$;
comment on function agentpg._above(integer, integer) is
  'The size that calls for the next compaction: one that did not help enough is not tried again before the context has grown by a tenth.';

create function agentpg._open_compaction(new agentpg.compactions, run agentpg.runs)
returns agentpg.compactions
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  new.run_id := run.id;
  if new.summarized_seq = new.cut_seq then
    new.state := 'ready';
    insert into agentpg.compactions select new.*;
    return new;
  end if;
  new.state := 'summarizing';
  new.prefix_id := agentpg._summary_prefix(new.config, new.tenant_id);
  new.model := new.config ->> 'summarizer_model';
  new.chunk_seq := agentpg._chunk_end(new);
  insert into agentpg.compactions select new.*;
  return new;
end
$$;
comment on function agentpg._open_compaction(agentpg.compactions, agentpg.runs) is
  'Writes a compaction down: ready, or to be summarized by the run. The caller holds the session lock.';

create function agentpg._compact_run(run agentpg.runs, cause text)
returns agentpg.runs
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_session agentpg.sessions;
  v_input agentpg.run_inputs;
  v_config jsonb;
  v_plan jsonb;
  v_new agentpg.compactions;
  v_above integer := run.compact_above;
begin
  -- Unless something comes of it, the next try is when the context has grown by a tenth.
  run.compact_above := agentpg._above(run.compact_above, run.context_tokens);
  if exists (select from agentpg.compactions c where c.session_id = run.session_id and c.state in ('summarizing', 'ready')) then
    return run;
  end if;
  select s.* into v_session from agentpg.sessions s where s.id = run.session_id;
  select i.* into v_input from agentpg.run_inputs i where i.run_id = run.id;
  select agentpg._compaction_config(agentpg._compaction_layers(a.config, v_session.compaction, v_input.options), p.model) into v_config
  from agentpg.agents a, agentpg.prompt_prefixes p
  where a.id = v_input.agent_id and p.id = run.prefix_id;

  begin
    v_plan := agentpg._planned(v_session, v_config, run.context_tokens, run.id);
    if v_plan is null then
      return run;
    end if;
    -- A strategy of the user's own is held to what anybody's plan is; ours may go as far as this very run.
    v_new := agentpg._compaction_of(v_session, v_plan, v_config, cause,
      case when v_config ->> 'strategy' in ('hybrid', 'summarization', 'prune') then run.id end);
  exception
    when others then
      -- A strategy that breaks must not break the run that it was to help.
      perform agentpg._emit(run, 'compaction_failed', jsonb_build_object('error_type', sqlstate, 'error_message', left(sqlerrm, 1000)), run.iteration_id);
      return run;
  end;
  v_new.original_tokens := run.context_tokens;
  v_new := agentpg._open_compaction(v_new, run);
  if v_new.state = 'ready' then
    perform agentpg._put_in_force(v_new);
    run.context_tokens := v_new.compacted_tokens;
    run.compact_above := agentpg._above(v_above, run.context_tokens);
    perform agentpg._emit_compaction(run, v_new.id);
    return run;
  end if;
  run.compaction_id := v_new.id;
  run.compact_above := v_above;
  select agentpg._queue_id(q.run_mode, v_new.model) into run.queue_id from agentpg.queues q where q.id = run.queue_id;
  perform agentpg._emit(run, 'compaction_started', jsonb_build_object('compaction_id', v_new.id, 'cause', cause,
    'original_tokens', v_new.original_tokens), run.iteration_id);
  return run;
end
$$;
comment on function agentpg._compact_run(agentpg.runs, text) is
  'A run between two of its model calls makes its context shorter: at once, or its next model call writes the summary. Returns the run as it is to be stored; nothing changes when nothing can be done. The caller holds the locks of session and run.';

create function agentpg._emit_compaction(run agentpg.runs, compaction_id uuid)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._emit(run, 'compaction_finished', (
    select jsonb_build_object('compaction_id', c.id, 'state', c.state, 'original_tokens', c.original_tokens,
      'compacted_tokens', c.compacted_tokens, 'messages_removed', c.messages_removed)
    from agentpg.compactions c where c.id = _emit_compaction.compaction_id
  ), run.iteration_id);
end
$$;
comment on function agentpg._emit_compaction(agentpg.runs, uuid) is 'Tells the stream of a run what a compaction came to.';

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
  update agentpg.compactions c
  set state = 'failed', error_type = _give_up_summary.error_type, error_message = left(_give_up_summary.error_message, 10000), closed_at = agentpg.now()
  where c.id = run.compaction_id and c.state = 'summarizing'
  returning c.* into v_compaction;
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
