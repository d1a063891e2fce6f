-- Deploy agentpg:runs/finalize_run to pg
-- requires: runs/announce
-- requires: tools/close_open_calls
-- requires: events/emit_tools
-- requires: conversation/append_message
begin;

create function agentpg._activate_next(session_id uuid, after_run_id uuid)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_input agentpg.run_inputs;
  v_run agentpg.runs;
begin
  -- Walks the turns from here on: the next one is nearly always the first it sees.
  select i.* into v_input
  from agentpg.run_inputs i
  join agentpg.runs r on r.id = i.run_id
  where i.session_id = _activate_next.session_id
    and i.turn > (select e.turn from agentpg.run_inputs e where e.run_id = _activate_next.after_run_id)
    and r.blocked
  order by i.turn
  limit 1
  for no key update of r;
  if not found then
    return;
  end if;
  perform agentpg._append_message(v_input.session_id, 'user', v_input.content, v_input.run_id, null, v_input.tenant_id);
  update agentpg.runs r
  set blocked = false, previous_state = 'pending', available_at = greatest(r.available_at, agentpg.now()),
    context_tokens = coalesce(s.context_tokens, 0) + agentpg._estimated_tokens(v_input.content)
  from agentpg.sessions s
  where r.id = v_input.run_id and s.id = v_input.session_id
  returning r.* into v_run;
  v_run := agentpg._begin_turn(v_run);
  perform agentpg._announce_state(v_run);
end
$$;
comment on function agentpg._activate_next(uuid, uuid) is
  'The next queued run of the session becomes its active one: its prompt joins the transcript and it may be claimed. The caller holds the session lock.';

create function agentpg._finalize_run(
  run agentpg.runs,
  state agentpg.run_state,
  stop_reason text default null,
  error_type text default null,
  error_message text default null
)
returns agentpg.runs
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_run agentpg.runs;
  v_ready boolean;
begin
  perform agentpg._close_open_calls(
    _finalize_run.run,
    case _finalize_run.state
      when 'cancelled' then 'Not finished: the run was cancelled.'
      else 'Not finished: the run ended.'
    end
  );
  if (_finalize_run.run).lease_token is not null and _finalize_run.state <> 'completed'
    and coalesce(_finalize_run.error_type, '') in ('cancelled', 'deadline_exceeded')
  then
    -- Its worker still streams; what that cost may be reported with record_abandoned.
    insert into agentpg.failed_attempts (
      run_id, iteration_id, kind, attempt, instance_id, lease_token, error_type, error_message, started_at, failed_at
    )
    select r.id, r.iteration_id, 'abandoned', r.attempt, r.claimed_by, r.lease_token, _finalize_run.error_type,
      _finalize_run.error_message, r.claimed_at, agentpg.now()
    from agentpg.runs r where r.id = (_finalize_run.run).id;
  end if;
  if (_finalize_run.run).state in ('batch_submitting', 'batch_pending', 'batch_processing')
    and _finalize_run.state in ('cancelled', 'failed')
  then
    perform agentpg._withdraw_member(_finalize_run.run);
  end if;
  if (_finalize_run.run).compaction_id is not null then
    update agentpg.compactions c set state = 'abandoned', closed_at = agentpg.now()
    where c.id = (_finalize_run.run).compaction_id and c.state = 'summarizing';
  end if;
  update agentpg.runs r
  set state = _finalize_run.state, previous_state = r.state, finalized_at = agentpg.now(), blocked = false,
    compaction_id = null, context_tokens = (_finalize_run.run).context_tokens,
    open_tools = 0, lease_token = null, lease_expires_at = null, claimed_by = null, claimed_at = null, watch_at = null,
    stop_reason = _finalize_run.stop_reason, error_type = _finalize_run.error_type,
    error_message = _finalize_run.error_message
  where r.id = (_finalize_run.run).id
  returning r.* into v_run;
  perform agentpg._announce_state(v_run);
  -- Changed, not only locked: see create_run.
  update agentpg.sessions s
  set updated_at = v_run.finalized_at,
    context_tokens = case when (_finalize_run.run).blocked then s.context_tokens else v_run.context_tokens end
  where s.id = v_run.session_id
  returning s.compaction_ready into v_ready;
  if not (_finalize_run.run).blocked then
    if v_ready then
      perform agentpg._switch_ready(v_run.session_id);
    end if;
    perform agentpg._activate_next(v_run.session_id, v_run.id);
  end if;
  perform agentpg._emit_end(v_run);
  perform agentpg._answer_parent(v_run, i.parent_tool_execution_id)
  from agentpg.run_inputs i
  where i.run_id = v_run.id and i.parent_tool_execution_id is not null;
  return v_run;
end
$$;
comment on function agentpg._finalize_run(agentpg.runs, agentpg.run_state, text, text, text) is
  'Ends a run: open tool calls get an error result, delegates below are cancelled, the next run of the session becomes active; the call that a delegate''s run answers is answered. The caller holds the locks of session and run, and of those above.';

commit;
