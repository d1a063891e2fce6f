-- Deploy agentpg:tools/request_approval to pg
-- requires: tools/finish_call
-- requires: tools/tool_approvals
-- requires: events/emit_tools
begin;

create function agentpg.request_approval(tool_execution_id uuid, lease_token uuid, reason text default null)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_execution agentpg.tool_executions;
begin
  v_execution := agentpg._leased_execution(request_approval.tool_execution_id, request_approval.lease_token);
  if v_execution.id is null then
    perform from agentpg.tool_approvals a
    where a.tool_execution_id = request_approval.tool_execution_id and a.lease_token = request_approval.lease_token;
    if not found then
      perform agentpg._refuse_stale_execution(request_approval.tool_execution_id);
    end if;
    return true;
  elsif v_execution.asked then
    return false;
  end if;
  -- The attempt is given back: nothing was tried.
  update agentpg.tool_executions e
  set state = 'awaiting_approval', asked = true, deadline_at = agentpg.now() + s.approval_timeout, attempt = e.attempt - 1,
    lease_token = null, lease_expires_at = null, claimed_by = null, started_at = null
  from agentpg.settings s
  where e.id = v_execution.id
  returning e.* into v_execution;
  insert into agentpg.tool_approvals (tool_execution_id, requested_at, expires_at, reason, lease_token, input_hash)
  values (
    v_execution.id, agentpg.now(), v_execution.deadline_at, coalesce(left(nullif(request_approval.reason, ''), 1000), 'its worker asks for it'),
    request_approval.lease_token, agentpg._input_hash(agentpg._input_of(v_execution))
  );
  perform agentpg._announce_approval(v_execution);
  perform agentpg._emit_approval('approval_requested', v_execution);
  return true;
end
$$;
comment on function agentpg.request_approval(uuid, uuid, text) is
  'A worker that holds a tool call puts it to a person before it runs the tool: the call awaits approval, the lease ends, the attempt does not count. True: drop it, whoever claims it once it is approved runs it. False: a person approved it before, run it. Repeating a call that succeeded changes nothing and returns the same. Errors: AP005, AP202, AP210.';

commit;
