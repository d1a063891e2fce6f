-- Deploy agentpg:runs/await_input to pg
-- requires: runs/finalize_run
begin;

create function agentpg._put_off_summary(run agentpg.runs, stop_reason text)
returns agentpg.runs
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_session_id uuid;
  v_message text := 'the run stopped before the summary was written';
begin
  update agentpg.compactions c
  set state = 'failed', error_type = _put_off_summary.stop_reason, error_message = v_message, closed_at = agentpg.now()
  where c.id = run.compaction_id and c.state = 'summarizing'
  returning c.session_id into v_session_id;
  perform agentpg._emit(run, 'compaction_failed', jsonb_build_object('compaction_id', run.compaction_id,
    'error_type', _put_off_summary.stop_reason, 'error_message', v_message), run.iteration_id);
  if v_session_id <> run.session_id then
    return agentpg._finalize_run(run, 'failed', null, _put_off_summary.stop_reason, v_message);
  end if;
  -- Tried again when it is continued.
  run.compact_above := least(run.compact_above, run.context_tokens - 1);
  return agentpg._conversation_again(run);
end
$$;
comment on function agentpg._put_off_summary(agentpg.runs, text) is
  'A run that is to write a summary stops short, as when its budget is spent: one of its own fails, any other waits for input without one. The caller holds the locks of session and run.';

create function agentpg._await_input(run agentpg.runs, stop_reason text)
returns agentpg.runs
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_run agentpg.runs;
  v_ready boolean;
begin
  if run.compaction_id is not null then
    run := agentpg._put_off_summary(run, stop_reason);
    if run.finalized_at is not null then
      return run;
    end if;
  end if;
  update agentpg.runs r
  set state = 'awaiting_input', previous_state = r.state, stop_reason = _await_input.stop_reason, open_tools = 0, context_tokens = (_await_input.run).context_tokens,
    compaction_id = null, queue_id = (_await_input.run).queue_id, compact_above = (_await_input.run).compact_above,
    lease_token = null, lease_expires_at = null, claimed_by = null, claimed_at = null, watch_at = null
  where r.id = (_await_input.run).id
  returning r.* into v_run;

  -- Nobody continues a delegate, nor a run with the next one of its session already there.
  if exists (
    select from agentpg.run_inputs i where i.run_id = v_run.id and i.parent_run_id is not null
  ) or exists (
    select from agentpg.run_inputs i
    join agentpg.runs n on n.id = i.run_id
    where i.session_id = v_run.session_id and n.blocked
      and i.turn > (select e.turn from agentpg.run_inputs e where e.run_id = v_run.id)
  ) then
    return agentpg._finalize_run(v_run, 'completed', _await_input.stop_reason);
  end if;
  -- Changed, not only locked: see create_run.
  update agentpg.sessions s set updated_at = agentpg.now(), context_tokens = v_run.context_tokens where s.id = v_run.session_id
  returning s.compaction_ready into v_ready;
  if v_ready then
    perform agentpg._switch_ready(v_run.session_id);
  end if;
  perform agentpg._announce_state(v_run);
  perform agentpg._emit(v_run, 'run_waiting', jsonb_build_object('state', v_run.state, 'stop_reason', v_run.stop_reason));
  return v_run;
end
$$;
comment on function agentpg._await_input(agentpg.runs, text) is
  'The run stops short and waits to be continued; a delegate''s run, and one with a later run of its session queued already, is completed as it is. The caller holds the locks of session and run.';

commit;
