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
    if cause <> 'overflow' then
      return run;
    end if;
    -- The window is full now: what waits for the end of the turn would come too late. The session that is compacted
    -- is locked before that of the run which summarizes for it, here as anywhere.
    perform agentpg._finalize_run(agentpg._lock_run(c.run_id), 'cancelled', null, 'cancelled', 'the session could not wait for its summary')
    from agentpg.compactions c
    where c.session_id = run.session_id and c.state = 'summarizing';
    update agentpg.compactions c set state = 'abandoned', closed_at = agentpg.now()
    where c.session_id = run.session_id and c.state = 'ready';
    update agentpg.sessions s set compaction_ready = null where s.id = run.session_id;
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

commit;
