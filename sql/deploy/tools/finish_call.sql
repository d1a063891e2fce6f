-- Deploy agentpg:tools/finish_call to pg
-- requires: tools/open_calls
-- requires: runs/leased_run
-- requires: runs/next_iteration
-- requires: runs/hand_out_run
-- requires: runs/claim_runs
begin;

create function agentpg._leased_execution(tool_execution_id uuid, lease_token uuid)
returns agentpg.tool_executions
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_execution agentpg.tool_executions;
begin
  -- Session, run, tool execution: the order in which everything is locked.
  perform agentpg._lock_run((select e.run_id from agentpg.tool_executions e where e.id = _leased_execution.tool_execution_id));
  select e.* into v_execution
  from agentpg.tool_executions e
  where e.id = _leased_execution.tool_execution_id and e.lease_token = _leased_execution.lease_token and e.state = 'running'
  for no key update;
  return v_execution;
end
$$;
comment on function agentpg._leased_execution(uuid, uuid) is
  'The tool execution that is held under this lease token, locked after its session and run; null when the token is stale.';

create function agentpg._refuse_stale_execution(tool_execution_id uuid)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_execution agentpg.tool_executions;
  v_ids jsonb;
begin
  select e.* into v_execution from agentpg.tool_executions e where e.id = _refuse_stale_execution.tool_execution_id;
  if not found then
    perform agentpg._refuse('AP005', format('no tool execution has id %s', coalesce(tool_execution_id::text, 'null')), null,
      jsonb_build_object('tool_execution_id', tool_execution_id));
  end if;
  v_ids := jsonb_build_object('tool_execution_id', tool_execution_id, 'run_id', v_execution.run_id);
  if v_execution.state = 'skipped'
    and exists (select from agentpg.runs r where r.id = v_execution.run_id and r.state = 'cancelled')
  then
    perform agentpg._refuse('AP202', format('run %s was cancelled', v_execution.run_id), 'drop the work', v_ids);
  end if;
  perform agentpg._refuse('AP210', format('the lease on tool execution %s is lost', tool_execution_id),
    'drop the work: it was released, finished or given to another worker', v_ids);
end
$$;
comment on function agentpg._refuse_stale_execution(uuid) is
  'Says why a lease token on a tool execution is refused: AP005, AP202 or AP210.';

create function agentpg._finish_call(
  execution agentpg.tool_executions,
  state agentpg.tool_execution_state,
  content jsonb,
  is_error boolean,
  error text,
  claim_for uuid,
  known jsonb default null
)
returns setof agentpg.run_claim
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run agentpg.runs;
  v_claim agentpg.run_claim;
  v_seq bigint;
begin
  select r.* into v_run from agentpg.runs r where r.id = execution.run_id;
  if execution.asked then
    content := agentpg._with_edit(execution, content);
  end if;
  v_seq := agentpg._append_message(
    v_run.session_id, 'user', agentpg._tool_result(execution.tool_use_id, content, is_error),
    v_run.id, execution.iteration_id, v_run.tenant_id
  );
  update agentpg.tool_executions e
  set state = _finish_call.state, completed_at = agentpg.now(), result_seq = v_seq,
    is_error = _finish_call.is_error, last_error = _finish_call.error
  where e.id = execution.id;

  v_run.context_tokens := v_run.context_tokens + case when content is null then 4 else agentpg._estimated_tokens(content) end;
  if v_run.open_tools > 1 then
    update agentpg.runs r set open_tools = r.open_tools - 1, context_tokens = v_run.context_tokens where r.id = v_run.id;
    perform agentpg._emit(v_run, 'tool_finished', null, execution.iteration_id, execution.id);
    return;
  end if;
  perform agentpg._notify('agentpg_tools_complete', jsonb_build_object('run_id', v_run.id));
  claim_for := agentpg._may_go_on(v_run, claim_for);
  perform agentpg._emit(v_run, 'tool_finished', null, execution.iteration_id, execution.id);
  v_run := agentpg._next_iteration(v_run, claim_for => claim_for);
  if v_run.state = 'streaming' then
    begin
      v_claim := agentpg._hand_out_run(v_run, known);
    exception
      when program_limit_exceeded then
        perform agentpg._set_aside(v_run, sqlerrm);
        return;
    end;
    if v_run.budget_ids is not null then
      if not agentpg._admit(v_run, v_claim.request, v_claim.messages_after) then
        return;
      end if;
      v_claim.request := agentpg._capped(v_run.iteration_id, v_claim.request);
    end if;
    return next v_claim;
  end if;
end
$$;
comment on function agentpg._finish_call(agentpg.tool_executions, agentpg.tool_execution_state, jsonb, boolean, text, uuid, jsonb) is
  'Ends a tool call: its result joins the transcript, and the last open call of a turn sends the run on. Returns the next request when claim_for now holds the run; of the messages only those that it lacks, if it holds what known says. The caller holds the locks of session, run and execution.';

create function agentpg._may_go_on(run agentpg.runs, claim_for uuid)
returns uuid
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_queue agentpg.queues;
begin
  claim_for := agentpg._live_instance(claim_for);
  if claim_for is null then
    return null;
  end if;
  select q.* into v_queue from agentpg.queues q where q.id = run.queue_id;
  if v_queue.run_mode <> 'streaming' or v_queue.parked_at is not null then
    return null;
  elsif v_queue.next_claim_at is not null and agentpg._earned_claims(v_queue.id, agentpg.now(), 1) = 0 then
    return null;
  end if;
  return claim_for;
end
$$;
comment on function agentpg._may_go_on(agentpg.runs, uuid) is
  'claim_for, when it may take the run''s next model call at once; else null.';

-- An answer that was lost on the way is given again while the caller still holds what it handed out.
create function agentpg._handed_out_after(execution agentpg.tool_executions, known jsonb default null)
returns setof agentpg.run_claim
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select c.*
  from agentpg.runs r
  cross join lateral agentpg._hand_out_run(r, known) c
  where r.id = execution.run_id and r.state = 'streaming' and r.iteration_number = agentpg._iteration_number(execution.iteration_id) + 1
    and r.attempt = 1 and r.claimed_by = execution.claimed_by
    -- Handed on, not claimed since; and by this call, the last of its turn.
    and r.claimed_at = r.available_at
    and not exists (
      select from agentpg.tool_executions l
      where l.run_id = execution.run_id and l.message_seq = execution.message_seq and l.result_seq > execution.result_seq
    )
$$;
comment on function agentpg._handed_out_after(agentpg.tool_executions, jsonb) is
  'The request that ending this call handed to its worker, while that worker still holds it.';

commit;
