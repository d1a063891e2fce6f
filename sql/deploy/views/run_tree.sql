-- Deploy agentpg:views/run_tree to pg
-- requires: views/run_details
begin;

create type agentpg.run_tree_node as (
  run_id uuid,
  parent_run_id uuid,
  parent_tool_execution_id uuid,
  depth integer,
  path text,
  session_id uuid,
  agent_id uuid,
  agent_name text,
  state agentpg.run_state,
  stop_reason text,
  error_type text,
  error_message text,
  prompt text,
  response_text text,
  iteration_count integer,
  input_tokens bigint,
  output_tokens bigint,
  cost_usd numeric,
  unpriced_calls integer,
  total_runs integer,
  total_input_tokens bigint,
  total_output_tokens bigint,
  total_cost_usd numeric,
  total_unpriced_calls integer,
  created_at timestamptz,
  finalized_at timestamptz
);
comment on type agentpg.run_tree_node is
  'A run in its tree: path is its place (1, 1.2, 1.2.1), the totals are of it and all that is below. Input tokens include cached ones; a cost is null when one of its model calls is unpriced.';

create function agentpg.run_tree(run_id uuid)
returns setof agentpg.run_tree_node
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  perform agentpg._check_run(run_id);
  return query
  with recursive tree as (
    select i.run_id as id, array[1]::bigint[] as path
    from agentpg.run_inputs i where i.run_id = run_tree.run_id
    union all
    select i.run_id, t.path || row_number() over (partition by t.id order by e.message_seq, e.block_index, i.run_id)
    from tree t
    join agentpg.run_inputs i on i.parent_run_id = t.id
    join agentpg.tool_executions e on e.id = i.parent_tool_execution_id
  ), node as materialized (
    select t.path, d.*
    from tree t
    cross join lateral (select r.* from agentpg.run_details r where r.id = t.id) d
  )
  select n.id, n.parent_run_id, n.parent_tool_execution_id, n.depth, array_to_string(n.path, '.'), n.session_id, n.agent_id, n.agent_name,
    n.state, n.stop_reason, n.error_type, n.error_message, n.prompt, n.response_text, n.iteration_count,
    n.input_tokens + n.cache_creation_input_tokens + n.cache_read_input_tokens, n.output_tokens, n.cost_usd, n.unpriced_calls,
    b.runs, b.input_tokens, b.output_tokens, b.cost_usd, b.unpriced_calls, n.created_at, n.finalized_at
  from node n
  cross join lateral (
    select count(*)::integer as runs,
      sum(x.input_tokens + x.cache_creation_input_tokens + x.cache_read_input_tokens)::bigint as input_tokens,
      sum(x.output_tokens)::bigint as output_tokens,
      case when count(*) = count(x.cost_usd) then sum(x.cost_usd) end as cost_usd,
      sum(x.unpriced_calls)::integer as unpriced_calls
    from node x
    where x.path[1:cardinality(n.path)] = n.path
  ) b
  order by n.path;
end
$$;
comment on function agentpg.run_tree(uuid) is
  'A run and the runs of its delegates, and theirs, in the order in which the model called them, with what each used and what each used with all below it. Errors: AP003.';

commit;
