-- Deploy agentpg:tools/list_approvals to pg
-- requires: views/tool_calls
-- requires: tools/tool_approvals
-- requires: core/validation
begin;

create type agentpg.approval as (
  tool_execution_id uuid,
  run_id uuid,
  root_run_id uuid,
  session_id uuid,
  agent_id uuid,
  agent_name text,
  tool_use_id text,
  tool_name text,
  is_agent_tool boolean,
  input jsonb,
  input_hash text,
  reason text,
  requested_at timestamptz,
  expires_at timestamptz,
  metadata jsonb
);
comment on type agentpg.approval is
  'A tool call that waits for a person: agent is whose model made it, reason who or what asked, metadata that of the session.';

create function agentpg.list_approvals(
  agent_id uuid default null,
  session_id uuid default null,
  run_id uuid default null,
  metadata jsonb default null,
  max_count integer default 100,
  after uuid default null
)
returns setof agentpg.approval
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  perform agentpg._check_page(list_approvals.max_count);
  perform agentpg._check_metadata(list_approvals.metadata);
  return query
  select e.id, e.run_id, coalesce(i.root_run_id, i.run_id), i.session_id, i.agent_id, g.name, e.tool_use_id, e.tool_name, e.agent_id is not null,
    agentpg._input_of(e), a.input_hash, a.reason, a.requested_at, a.expires_at, s.metadata
  from agentpg.tool_executions e
  join agentpg.tool_approvals a on a.tool_execution_id = e.id
  join agentpg.run_inputs i on i.run_id = e.run_id
  join agentpg.sessions s on s.id = i.session_id
  join agentpg.agents g on g.id = i.agent_id
  where e.awaits_approval
    and (list_approvals.after is null or e.id > list_approvals.after)
    and (list_approvals.agent_id is null or i.agent_id = list_approvals.agent_id)
    and (list_approvals.session_id is null or i.session_id = list_approvals.session_id)
    and (list_approvals.run_id is null or list_approvals.run_id in (i.run_id, i.root_run_id))
    and (list_approvals.metadata is null or s.metadata @> list_approvals.metadata)
  order by e.id
  limit list_approvals.max_count;
end
$$;
comment on function agentpg.list_approvals(uuid, uuid, uuid, jsonb, integer, uuid) is
  'Tool calls that wait for a person, the oldest call first: of an agent, a session, a run (the first run of a tree: all of the tree), or sessions whose metadata contain an object. The next page starts after the last id of this one. Errors: AP104, AP105, AP108.';

commit;
