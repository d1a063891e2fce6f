-- Deploy agentpg:maintenance/list_instances to pg
-- requires: tools/tool_executions
-- requires: registry/instances
begin;

create function agentpg.list_instances()
returns table (
  id uuid,
  name text,
  hostname text,
  pid integer,
  version text,
  max_concurrent_runs integer,
  max_concurrent_tools integer,
  max_concurrent_batches integer,
  active_run_count integer,
  active_tool_count integer,
  tools text[],
  metadata jsonb,
  created_at timestamptz,
  last_heartbeat_at timestamptz
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select i.id, i.name, i.hostname, i.pid, i.version, i.max_concurrent_runs, i.max_concurrent_tools, i.max_concurrent_batches,
    (select count(*) from agentpg.runs r where r.watch_at is not null and r.lease_token is not null and r.claimed_by = i.id)::integer,
    coalesce(c.count, 0)::integer,
    coalesce((select array_agg(t.tool_name order by t.tool_name) from agentpg.instance_tools t where t.instance_id = i.id), '{}'),
    i.metadata, i.created_at, i.last_heartbeat_at
  from agentpg.instances i
  left join (select h.claimed_by, count(*) from agentpg._held_calls() h group by h.claimed_by) c on c.claimed_by = i.id
  where i.fenced_at is null
  order by i.name, i.id
$$;
comment on function agentpg.list_instances() is 'The registered workers, what they offer and how much they hold.';

commit;
