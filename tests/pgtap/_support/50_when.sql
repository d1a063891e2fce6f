-- What a worker does, with the lease tokens it was given.

-- Claims one run and returns the name of it, null when there is none to claim.
create function agentpg_test.claim_one(instance text default 'executor', mode agentpg.run_mode default 'streaming')
returns text
language plpgsql
volatile
as $$
declare
  v_claim record;
begin
  select * into v_claim from agentpg.claim_runs(
    instance_id => agentpg_test.instance_id(instance), mode => claim_one.mode, max_count => 1
  );
  if v_claim.run_id is null then
    return null;
  end if;
  return agentpg_test.remember_claim(v_claim.run_id, v_claim.iteration_id, v_claim.lease_token, v_claim.request);
end
$$;

create function agentpg_test.remember_claim(run_id uuid, iteration_id uuid, lease_token uuid, request jsonb)
returns text
language plpgsql
volatile
as $$
declare
  v_run text := agentpg_test.name_of_run(run_id);
begin
  perform agentpg_test.remember('iteration', v_run, iteration_id, lease_token);
  update agentpg_test.known k set request = remember_claim.request where k.kind = 'iteration' and k.name = v_run;
  return v_run;
end
$$;

-- Records Claude's answer to the claimed model call; returns how many tool executions came back claimed.
create function agentpg_test.answer(response jsonb, run text default 'run', claim_tools boolean default true, said jsonb default null)
returns integer
language plpgsql
volatile
as $$
declare
  v_claim record;
  v_count integer := 0;
begin
  for v_claim in
    select * from agentpg.record_response(
      iteration_id => agentpg_test.iteration_id(run),
      lease_token => agentpg_test.run_lease(run),
      response => answer.response,
      claim_tools => answer.claim_tools,
      said => answer.said
    )
  loop
    perform agentpg_test.remember('tool_execution', v_claim.tool_use_id, v_claim.tool_execution_id, v_claim.lease_token);
    v_count := v_count + 1;
  end loop;
  return v_count;
end
$$;

-- Claims one tool execution and returns the model's id of the call, null when there is none to claim.
create function agentpg_test.claim_tool(instance text default 'executor')
returns text
language plpgsql
volatile
as $$
declare
  v_claim record;
begin
  select * into v_claim from agentpg.claim_tool_executions(
    instance_id => agentpg_test.instance_id(instance), max_count => 1
  );
  if v_claim.tool_execution_id is null then
    return null;
  end if;
  perform agentpg_test.remember('tool_execution', v_claim.tool_use_id, v_claim.tool_execution_id, v_claim.lease_token);
  return v_claim.tool_use_id;
end
$$;

-- Completes a claimed tool execution; returns the name of the run that came back claimed, if one did.
create function agentpg_test.finish_tool(
  tool_use_id text,
  output jsonb default '"done"',
  is_error boolean default false,
  claim_next boolean default false
)
returns text
language plpgsql
volatile
as $$
declare
  v_claim record;
begin
  select * into v_claim from agentpg.complete_tool(
    tool_execution_id => agentpg_test.tool_execution_id(tool_use_id),
    lease_token => agentpg_test.tool_lease(tool_use_id),
    output => finish_tool.output,
    is_error => finish_tool.is_error,
    claim_next => finish_tool.claim_next
  );
  if v_claim.run_id is null then
    return null;
  end if;
  return agentpg_test.remember_claim(v_claim.run_id, v_claim.iteration_id, v_claim.lease_token, v_claim.request);
end
$$;

-- Maintenance while somebody, who offers nothing, is in contact: without that no lease is taken.
create function agentpg_test.maintain()
returns jsonb
language plpgsql
volatile
as $$
begin
  perform agentpg.register_instance(name => 'witness', max_concurrent_runs => 0, max_concurrent_tools => 0);
  return agentpg.run_maintenance();
end
$$;

create function agentpg_test.state_of(run text default 'run') returns agentpg.run_state language sql stable
as $$ select r.state from agentpg.runs r where r.id = agentpg_test.run_id(run) $$;

create function agentpg_test.tool_state(tool_use_id text) returns agentpg.tool_execution_state language sql stable
as $$ select t.state from agentpg.tool_executions t where t.id = agentpg_test.tool_execution_id(tool_state.tool_use_id) $$;
