-- Deploy agentpg:tools/complete_tool to pg
-- requires: tools/finish_call
-- requires: tools/tool_output
begin;

create function agentpg.complete_tool(
  tool_execution_id uuid,
  lease_token uuid,
  output jsonb,
  is_error boolean default false,
  claim_next boolean default false,
  known jsonb default null
)
returns setof agentpg.run_claim
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
declare
  v_execution agentpg.tool_executions;
  v_is_error boolean := coalesce(complete_tool.is_error, false);
  v_content jsonb := agentpg._tool_content(complete_tool.output);
begin
  v_execution := agentpg._leased_execution(complete_tool.tool_execution_id, complete_tool.lease_token);
  if v_execution.id is null then
    select e.* into v_execution
    from agentpg.tool_executions e
    where e.id = complete_tool.tool_execution_id and e.lease_token = complete_tool.lease_token and e.state = 'completed';
    if not found then
      perform agentpg._refuse_stale_execution(complete_tool.tool_execution_id);
    end if;
    return query select c.* from agentpg._handed_out_after(v_execution, complete_tool.known) c where claim_next;
    return;
  end if;
  perform agentpg._check_output(complete_tool.output);
  return query
  select c.*
  from agentpg._finish_call(
    v_execution, 'completed', v_content, v_is_error, case when v_is_error then left(v_content::text, 1000) end,
    case when claim_next then v_execution.claimed_by end, complete_tool.known
  ) c;
end
$$;
comment on function agentpg.complete_tool(uuid, uuid, jsonb, boolean, boolean, jsonb) is
  'Records the output of a claimed tool call: a JSON string is text, an array of content blocks that the API takes in a tool result stays as it is, other JSON becomes its text; is_error tells the model that it is an error. With claim_next, the call that ends the turn returns the run''s next request, already held by the caller; who still holds the request before it says so with known, {"seq", "checksum"} as the claim said them, and gets the new messages alone (messages_after says after which). Repeating a call that succeeded changes nothing and returns the same. Blocks that the API would refuse are refused: report that with fail_tool, outcome discard. Errors: AP005, AP202, AP210, AP250.';

commit;
