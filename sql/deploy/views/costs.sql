-- Deploy agentpg:views/costs to pg
-- requires: views/cost_views
-- requires: views/tool_calls
-- requires: core/nearest_name
begin;

create type agentpg.cost_summary as (
  key text,
  name text,
  calls bigint,
  abandoned_calls bigint,
  input_tokens bigint,
  output_tokens bigint,
  cache_write_5m_tokens bigint,
  cache_write_1h_tokens bigint,
  cache_read_tokens bigint,
  cache_hit_rate numeric,
  cost_usd numeric,
  priced_cost_usd numeric,
  unpriced_calls bigint,
  failed_calls bigint,
  failed_cost_usd numeric
);
comment on type agentpg.cost_summary is
  'What costs() gives for a key: a day, or an id; name is that of an agent. cost_usd is null when the cost of a call is not known: of how many says unpriced_calls, and priced_cost_usd is what the others cost. abandoned_calls are among the calls; failed_calls, attempts without an answer that told what they had used, are beside them.';

create function agentpg._tree_of(run_id uuid)
returns uuid[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._check_run(run_id);
  return array(
    with recursive tree as (
      select _tree_of.run_id as id
      union all
      select i.run_id from tree t join agentpg.run_inputs i on i.parent_run_id = t.id
    )
    select t.id from tree t
  );
end
$$;
comment on function agentpg._tree_of(uuid) is 'A run and all runs of its delegates. AP003 unless the run exists.';

create function agentpg.costs(
  by text default 'day',
  since timestamptz default null,
  until timestamptz default null,
  run_id uuid default null,
  session_id uuid default null,
  agent_id uuid default null,
  tenant_id text default null,
  max_count integer default 100
)
returns setof agentpg.cost_summary
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
  v_tree uuid[];
  v_known constant text[] := array['day', 'run', 'tree', 'session', 'agent', 'tenant', 'model', 'mode'];
begin
  if coalesce(costs.by <> all (v_known), true) then
    perform agentpg._refuse('AP100', format('costs are not known by %L', costs.by), agentpg._name_hint(coalesce(costs.by, ''), v_known, 'keys'));
  end if;
  perform agentpg._check_page(costs.max_count);
  if costs.run_id is not null then
    v_tree := agentpg._tree_of(costs.run_id);
  end if;
  -- Planned anew each time: what is not asked for falls away, and what is finds its index.
  return query
  select g.key, (select a.name from agentpg.agents a where costs.by = 'agent' and a.id::text = g.key),
    g.calls, g.abandoned_calls, g.input_tokens, g.output_tokens, g.cache_write_5m_tokens, g.cache_write_1h_tokens, g.cache_read_tokens,
    g.cache_hit_rate, trim_scale(g.cost_usd), trim_scale(g.priced_cost_usd), g.unpriced_calls, g.failed_calls, trim_scale(g.failed_cost_usd)
  from (
    select
      case costs.by when 'day' then u.day::text when 'run' then u.run_id::text when 'tree' then u.root_run_id::text
        when 'session' then u.session_id::text when 'agent' then u.agent_id::text when 'tenant' then u.tenant_id
        when 'model' then u.model else u.run_mode::text end as key,
      sum(u.calls)::bigint as calls, sum(u.abandoned_calls)::bigint as abandoned_calls,
      sum(u.input_tokens)::bigint as input_tokens, sum(u.output_tokens)::bigint as output_tokens,
      sum(u.cache_write_5m_tokens)::bigint as cache_write_5m_tokens, sum(u.cache_write_1h_tokens)::bigint as cache_write_1h_tokens,
      sum(u.cache_read_tokens)::bigint as cache_read_tokens,
      round(sum(u.cache_read_tokens) / nullif(sum(u.input_tokens + u.cache_write_5m_tokens + u.cache_write_1h_tokens + u.cache_read_tokens), 0), 4)
        as cache_hit_rate,
      case when sum(u.unpriced_calls) = 0 then coalesce(sum(u.cost_usd), 0) end as cost_usd,
      coalesce(sum(u.cost_usd), 0) as priced_cost_usd, sum(u.unpriced_calls)::bigint as unpriced_calls,
      sum(u.failed_calls)::bigint as failed_calls,
      case when sum(u.failed_unpriced_calls) = 0 then coalesce(sum(u.failed_cost_usd), 0) end as failed_cost_usd
    from agentpg._usage u
    where (costs.since is null or u.completed_at >= costs.since and u.day >= (costs.since at time zone 'utc')::date)
      and (costs.until is null or u.completed_at < costs.until)
      and (v_tree is null or u.run_id = any (v_tree))
      and (costs.session_id is null or u.session_id = costs.session_id)
      and (costs.agent_id is null or u.agent_id = costs.agent_id)
      and (costs.tenant_id is null or u.tenant_id = costs.tenant_id)
      and (costs.by not in ('run', 'tree') or u.run_id is not null)
    group by 1
  ) g
  order by case when costs.by = 'day' then g.key end desc, g.priced_cost_usd desc, g.calls desc, g.key
  limit costs.max_count;
end
$$;
comment on function agentpg.costs(text, timestamptz, timestamptz, uuid, uuid, uuid, text, integer) is
  'What model calls used and cost by day (UTC; newest first), run, tree, session, agent, tenant, model or mode (the dearest first), in a time, and of a run with all its delegates, a session, an agent or a tenant, if that is given. Deleted runs count with their whole days, by run and tree not at all. Errors: AP003, AP100, AP108.';

commit;
