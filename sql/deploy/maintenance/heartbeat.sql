-- Deploy agentpg:maintenance/heartbeat to pg
-- requires: registry/register_instance
-- requires: tools/tool_executions
-- requires: maintenance/leadership
-- requires: runs/release_runs
-- requires: batches/release_batches
begin;

create function agentpg.heartbeat(instance_id uuid, held jsonb default '[]')
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
declare
  v_uuid constant text := '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$';
  v_now timestamptz := agentpg.now();
  v_settings agentpg.settings;
  v_lost jsonb;
begin
  if held is null or jsonb_typeof(held) <> 'array' then
    perform agentpg._refuse('AP100', 'held must be a JSON array of {run_id, tool_execution_id or batch_id, lease_token}');
  elsif exists (
    select from jsonb_array_elements(held) as h(item)
    where coalesce(h.item ->> 'run_id', h.item ->> 'tool_execution_id', h.item ->> 'batch_id', '') !~* v_uuid
      or coalesce(h.item ->> 'lease_token', '') !~* v_uuid
  ) then
    perform agentpg._refuse('AP100', 'an item of held has no run_id, tool_execution_id or batch_id, or no lease_token, that is a UUID');
  end if;
  perform agentpg._check_instance(instance_id);
  perform agentpg._begin_truce(instance_id, v_now);
  update agentpg.instances i set last_heartbeat_at = v_now where i.id = heartbeat.instance_id;
  select s.* into v_settings from agentpg.settings s;

  -- A lease is renewed once it is half spent; most model calls and tools end before.
  with mine as (
    select (h.item ->> 'run_id')::uuid as run_id, (h.item ->> 'lease_token')::uuid as lease_token
    from jsonb_array_elements(held) as h(item)
    where h.item ? 'run_id'
  ), due as (
    select r.id
    from agentpg.runs r
    join mine m on m.run_id = r.id and m.lease_token = r.lease_token
    where r.lease_expires_at < v_now + v_settings.lease_ttl / 2
    for no key update of r skip locked
  )
  update agentpg.runs r set lease_expires_at = v_now + v_settings.lease_ttl from due d where r.id = d.id;

  with mine as (
    select (h.item ->> 'tool_execution_id')::uuid as id, (h.item ->> 'lease_token')::uuid as lease_token
    from jsonb_array_elements(held) as h(item)
    where h.item ? 'tool_execution_id'
  ), due as (
    select e.id
    from agentpg.tool_executions e
    join mine m on m.id = e.id and m.lease_token = e.lease_token
    where e.state = 'running' and e.lease_expires_at < v_now + v_settings.lease_ttl / 2
    for no key update of e skip locked
  )
  update agentpg.tool_executions e set lease_expires_at = v_now + v_settings.lease_ttl from due d where e.id = d.id;

  with mine as (
    select (h.item ->> 'batch_id')::uuid as id, (h.item ->> 'lease_token')::uuid as lease_token
    from jsonb_array_elements(held) as h(item)
    where h.item ? 'batch_id'
  ), due as (
    select b.id
    from agentpg.batches b
    join mine m on m.id = b.id and m.lease_token = b.lease_token
    where b.lease_expires_at < v_now + v_settings.lease_ttl / 2
    for no key update of b skip locked
  )
  update agentpg.batches b set lease_expires_at = v_now + v_settings.lease_ttl from due d where b.id = d.id;

  select jsonb_agg(h.item || jsonb_build_object('reason', case when 'cancelled' in (r.state::text, t.state::text) then 'cancelled' else 'lease_lost' end))
  into v_lost
  from jsonb_array_elements(held) as h(item)
  left join agentpg.runs r on r.id = (h.item ->> 'run_id')::uuid
  left join agentpg.tool_executions e on e.id = (h.item ->> 'tool_execution_id')::uuid
  left join agentpg.runs t on t.id = e.run_id
  left join agentpg.batches b on b.id = (h.item ->> 'batch_id')::uuid
  where (h.item ->> 'lease_token')::uuid is distinct from coalesce(r.lease_token, b.lease_token)
    and not coalesce(e.state = 'running' and e.lease_token = (h.item ->> 'lease_token')::uuid, false);

  return jsonb_build_object(
    'lost', coalesce(v_lost, '[]'),
    'poll_interval_ms', (extract(epoch from agentpg._poll_interval()) * 1000)::integer,
    'heartbeat_interval_ms', (extract(epoch from v_settings.heartbeat_interval) * 1000)::integer,
    'lease_ttl_ms', (extract(epoch from v_settings.lease_ttl) * 1000)::integer
  );
end
$$;
comment on function agentpg.heartbeat(uuid, jsonb) is
  'Says that the instance lives and renews the leases it lists: [{run_id, tool_execution_id or batch_id, lease_token}]. Returns {lost: those of them it no longer holds, with reason cancelled or lease_lost; poll_interval_ms; heartbeat_interval_ms; lease_ttl_ms}. Errors: AP007 (register again), AP100, AP211.';

create function agentpg.deregister_instance(instance_id uuid)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._seize_instance(instance_id);
  -- Leadership before work, as in run_maintenance.
  perform agentpg._resign(instance_id);
  -- The event streams of all that it holds, in one order: each release below would take those of its own.
  perform from agentpg.run_streams s
  where s.root_run_id in (
    select coalesce(i.root_run_id, i.run_id)
    from (
      select r.id from agentpg.runs r where r.watch_at is not null and r.lease_token is not null and r.claimed_by = deregister_instance.instance_id
      union all
      select c.run_id from agentpg._held_calls(deregister_instance.instance_id) c
    ) h
    join agentpg.run_inputs i on i.run_id = h.id
  )
  order by s.root_run_id
  for no key update;
  perform agentpg.release_runs(instance_id);
  perform agentpg.release_tools(instance_id);
  perform agentpg.release_batches(instance_id);
  delete from agentpg.instances i where i.id = deregister_instance.instance_id;
end
$$;
comment on function agentpg.deregister_instance(uuid) is
  'Removes a worker; what it still holds goes back to be claimed. Harmless when it is gone already.';

commit;
