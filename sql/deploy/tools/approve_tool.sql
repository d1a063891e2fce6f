-- Deploy agentpg:tools/approve_tool to pg
-- requires: tools/delegates
-- requires: tools/tool_approvals
-- requires: events/emit_tools
begin;

create function agentpg._lock_approval(tool_execution_id uuid)
returns agentpg.tool_approvals
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run_id uuid;
  v_approval agentpg.tool_approvals;
begin
  select e.run_id into v_run_id from agentpg.tool_executions e where e.id = _lock_approval.tool_execution_id;
  if not found then
    perform agentpg._refuse('AP005', format('no tool execution has id %s', coalesce(tool_execution_id::text, 'null')),
      'agentpg.list_approvals() shows what waits', jsonb_build_object('tool_execution_id', tool_execution_id));
  end if;
  -- Session, run, tool execution, approval: the order in which everything is locked.
  perform agentpg._lock_run(v_run_id);
  perform from agentpg.tool_executions e where e.id = _lock_approval.tool_execution_id for no key update;
  select a.* into v_approval from agentpg.tool_approvals a where a.tool_execution_id = _lock_approval.tool_execution_id for no key update;
  if not found then
    perform agentpg._refuse('AP230', format('nobody asked for approval of tool execution %s', tool_execution_id),
      'agentpg.list_approvals() shows what waits', jsonb_build_object('tool_execution_id', tool_execution_id, 'run_id', v_run_id));
  end if;
  return v_approval;
end
$$;
comment on function agentpg._lock_approval(uuid) is 'The approval of a tool call, locked after its session, run and execution; AP005, or AP230 when none was asked for.';

create function agentpg._refuse_decision(approval agentpg.tool_approvals)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run agentpg.runs;
  v_ids jsonb;
begin
  select r.* into v_run from agentpg.runs r join agentpg.tool_executions e on e.run_id = r.id where e.id = approval.tool_execution_id;
  v_ids := jsonb_build_object('tool_execution_id', approval.tool_execution_id, 'run_id', v_run.id);
  if approval.decision is null and v_run.state = 'cancelled' then
    perform agentpg._refuse('AP202', format('run %s was cancelled', v_run.id), 'there is nothing to decide any more', v_ids);
  elsif approval.decision is null then
    perform agentpg._refuse('AP201', format('run %s has ended', v_run.id), 'there is nothing to decide any more', v_ids);
  end if;
  perform agentpg._refuse('AP231',
    case approval.decision
      when 'expired' then format('the approval of tool execution %s expired at %s', approval.tool_execution_id, approval.expires_at)
      else format('tool execution %s was %s by %s%s', approval.tool_execution_id, approval.decision, approval.decided_by,
        case when approval.edited_input is not null then ', with another input' end)
    end,
    'the first decision counts: cancel the run if it was wrong',
    v_ids || jsonb_build_object('decision', approval.decision, 'decided_by', approval.decided_by, 'decided_at', approval.decided_at)
  );
end
$$;
comment on function agentpg._refuse_decision(agentpg.tool_approvals) is
  'Says why a decision comes too late: AP201, AP202 or AP231.';

create function agentpg._decide(tool_execution_id uuid, decision text, decided_by text, note text, edited_input jsonb default null)
returns agentpg.tool_executions
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  v_execution agentpg.tool_executions;
begin
  update agentpg.tool_approvals a
  set decision = _decide.decision, decided_at = agentpg.now(), note = left(nullif(_decide.note, ''), 10000),
    decided_by = coalesce(left(nullif(_decide.decided_by, ''), 255), session_user), decided_role = session_user, edited_input = _decide.edited_input
  where a.tool_execution_id = _decide.tool_execution_id;
  select e.* into v_execution from agentpg.tool_executions e where e.id = _decide.tool_execution_id;
  return v_execution;
end
$$;
comment on function agentpg._decide(uuid, text, text, text, jsonb) is 'Writes a person''s decision down. The caller holds the locks.';

create function agentpg._go_ahead(execution agentpg.tool_executions)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := agentpg.now();
  v_execution agentpg.tool_executions;
  v_refusal text;
begin
  update agentpg.tool_executions e
  set state = case when e.agent_id is null then 'pending' else 'running' end::agentpg.tool_execution_state,
    available_at = v_now, deadline_at = case when e.agent_id is null then v_now + s.tool_deadline else 'infinity' end,
    attempt = case when e.agent_id is null then e.attempt else e.attempt + 1 end,
    started_at = case when e.agent_id is not null then v_now end
  from agentpg.settings s
  where e.id = execution.id
  returning e.* into v_execution;
  if v_execution.agent_id is null then
    perform agentpg._emit_approval('approval_decided', v_execution);
    perform agentpg._notify('agentpg_tool_pending', jsonb_build_object(
      'execution_id', v_execution.id, 'run_id', v_execution.run_id, 'tool_name', v_execution.tool_name, 'is_agent_tool', false, 'agent_id', null
    ), true);
    return;
  end if;
  v_refusal := agentpg._start_delegate(v_execution);
  perform agentpg._emit_approval('approval_decided', v_execution);
  if v_refusal is not null then
    perform agentpg._finish_call(v_execution, 'failed',
      to_jsonb(format('The agent %s was not started: %s.', v_execution.tool_name, v_refusal)), true, v_refusal, null);
    return;
  end if;
  perform agentpg._emit_tools_started(array[v_execution.id]);
  perform agentpg._emit(r, 'run_started')
  from agentpg.tool_executions e
  join agentpg.runs r on r.id = e.child_run_id
  where e.id = v_execution.id;
end
$$;
comment on function agentpg._go_ahead(agentpg.tool_executions) is
  'An approved call waits for a worker, its deadline begins; an approved delegate starts. The caller holds the locks of session, run and execution.';

create function agentpg.approve_tool(
  tool_execution_id uuid,
  decided_by text default null,
  note text default null,
  input jsonb default null,
  input_hash text default null
)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_approval agentpg.tool_approvals;
  v_execution agentpg.tool_executions;
  v_wanted text;
  v_edited jsonb := approve_tool.input;
begin
  if input is not null and jsonb_typeof(input) <> 'object' then
    perform agentpg._refuse('AP103', format('the input of a tool is a JSON object, not %s', jsonb_typeof(input)), 'leave it out to approve the call as it is');
  end if;
  if octet_length(input::text) > (select s.max_content_bytes from agentpg.settings s) then
    perform agentpg._refuse('AP105', format('the input has %s bytes', octet_length(input::text)), 'max_content_bytes is the limit');
  end if;
  v_approval := agentpg._lock_approval(tool_execution_id);
  if approve_tool.input_hash is not null and lower(approve_tool.input_hash) <> v_approval.input_hash then
    perform agentpg._refuse('AP232', 'the input of the call is not the one that was approved', 'look at the call again: agentpg.list_approvals()',
      jsonb_build_object('tool_execution_id', tool_execution_id, 'input_hash', v_approval.input_hash));
  end if;
  select e.* into v_execution from agentpg.tool_executions e where e.id = approve_tool.tool_execution_id;
  v_wanted := coalesce(agentpg._input_hash(input), v_approval.input_hash);
  if v_approval.decision = 'approved' and v_wanted = coalesce(agentpg._input_hash(v_approval.edited_input), v_approval.input_hash) then
    return false;
  elsif v_execution.state <> 'awaiting_approval' then
    perform agentpg._refuse_decision(v_approval);
  end if;
  if v_wanted = v_approval.input_hash then
    v_edited := null;
  end if;
  v_execution := agentpg._decide(tool_execution_id, 'approved', decided_by, note, v_edited);
  perform agentpg._go_ahead(v_execution);
  return true;
end
$$;
comment on function agentpg.approve_tool(uuid, text, text, jsonb, text) is
  'Lets a tool call that awaits approval go ahead; with input, the tool gets that in place of what the model gave, and the model is told. input_hash is that of the input the person saw (list_approvals): another one is refused. True when this call decided; false when it was approved so before. decided_by: a name for the record. Errors: AP005, AP103, AP105, AP201, AP202, AP230, AP231 (decided otherwise), AP232.';

create function agentpg.reject_tool(tool_execution_id uuid, reason text default null, decided_by text default null)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_approval agentpg.tool_approvals;
  v_execution agentpg.tool_executions;
begin
  v_approval := agentpg._lock_approval(tool_execution_id);
  select e.* into v_execution from agentpg.tool_executions e where e.id = reject_tool.tool_execution_id;
  if v_approval.decision = 'rejected' then
    return false;
  elsif v_execution.state <> 'awaiting_approval' then
    perform agentpg._refuse_decision(v_approval);
  end if;
  v_execution := agentpg._decide(tool_execution_id, 'rejected', decided_by, reason);
  perform agentpg._emit_approval('approval_decided', v_execution);
  perform agentpg._finish_call(v_execution, 'failed',
    agentpg._tool_content(to_jsonb(concat_ws(' ', 'Not carried out: a person rejected this call.', nullif(reason, '')))),
    true, left(concat_ws(': ', 'rejected', nullif(reason, '')), 1000), null);
  return true;
end
$$;
comment on function agentpg.reject_tool(uuid, text, text) is
  'Ends a tool call that awaits approval: the model gets an error result with the reason, and the run goes on. True when this call decided; false when it was rejected before. Errors: AP005, AP201, AP202, AP230, AP231 (decided otherwise).';

create function agentpg._expire_approval(execution agentpg.tool_executions)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update agentpg.tool_approvals a
  set decision = 'expired', decided_at = agentpg.now()
  where a.tool_execution_id = execution.id;
  perform agentpg._emit_approval('approval_decided', execution);
  perform agentpg._finish_call(execution, 'failed', to_jsonb('Not carried out: nobody approved this call in time.'::text), true, 'approval_expired', null);
end
$$;
comment on function agentpg._expire_approval(agentpg.tool_executions) is
  'Nobody decided in time: the model gets an error result. The caller holds the locks.';

commit;
