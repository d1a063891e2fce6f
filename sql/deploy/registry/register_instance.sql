-- Deploy agentpg:registry/register_instance to pg
-- requires: registry/instances
-- requires: core/validation
begin;

-- What is claimed or registered under an id ends before the id is fenced or removed: the one shares an advisory
-- lock, the other takes it alone. No cycle: who fences or removes waits for no session, run or tool execution
-- (release_* pass over what is locked), holds no row when it asks for the lock, and asks for several in the order
-- of their ids; so those who hold session and run may wait for the lock.
create function agentpg._hold_instance(instance_id uuid)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_advisory_xact_lock_shared(1095189584, hashtext('instance id ' || instance_id));
end
$$;
comment on function agentpg._hold_instance(uuid) is 'Until the end of the transaction the instance is not fenced and does not deregister.';

create function agentpg._seize_instance(instance_id uuid)
returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  select pg_advisory_xact_lock(1095189584, hashtext('instance id ' || instance_id))
$$;
comment on function agentpg._seize_instance(uuid) is 'Waits for the claims of the instance that are under way; new ones wait for this transaction.';

create function agentpg._live_instance(instance_id uuid)
returns uuid
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- A statement of its own, so that the next one sees what it waited for.
  perform agentpg._hold_instance(instance_id);
  return (select i.id from agentpg.instances i where i.id = _live_instance.instance_id and i.fenced_at is null);
end
$$;
comment on function agentpg._live_instance(uuid) is 'The id, when the instance is registered and not replaced, and stays so until the transaction ends; else null.';

create function agentpg._check_instance(instance_id uuid)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_fenced_at timestamptz;
begin
  perform agentpg._hold_instance(instance_id);
  select i.fenced_at into v_fenced_at from agentpg.instances i where i.id = _check_instance.instance_id;
  if not found then
    perform agentpg._refuse('AP007', format('no instance has id %s', coalesce(instance_id::text, 'null')),
      'call agentpg.register_instance() and use the id it returns', jsonb_build_object('instance_id', instance_id));
  end if;
  if v_fenced_at is not null then
    perform agentpg._refuse('AP211', format('instance %s was replaced by a newer one of the same name', instance_id),
      'stop this process, or register again', jsonb_build_object('instance_id', instance_id));
  end if;
end
$$;
comment on function agentpg._check_instance(uuid) is 'AP007 unless the instance is registered, AP211 when it was replaced.';

-- With many idle executors the fleet as a whole, not each of them, asks about once a second.
create function agentpg._poll_interval()
returns interval
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select least(s.max_poll_interval, greatest(s.poll_interval, 2 * (select count(*) from agentpg.instances) * interval '1 second'))
  from agentpg.settings s
$$;
comment on function agentpg._poll_interval() is
  'How often an idle executor should ask: the setting, stretched with the number of instances up to the bound.';

create function agentpg._fence_incarnations(name text, forgotten_id uuid)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id uuid;
begin
  -- One at a time per name, or two that start together would both stay.
  perform pg_advisory_xact_lock(1095189584, hashtext('instance ' || _fence_incarnations.name));
  if forgotten_id is not null and exists (
    select from agentpg.instances i
    where i.name = _fence_incarnations.name and i.fenced_at is null and i.id <> forgotten_id
  ) then
    perform agentpg._refuse('AP211', format('while instance %s was silent, another one of its name took over', forgotten_id),
      'stop this process', jsonb_build_object('instance_id', forgotten_id));
  end if;
  perform agentpg._seize_instance(o.id)
  from (
    select i.id from agentpg.instances i
    where i.name = _fence_incarnations.name and i.fenced_at is null
    order by i.id
  ) o;
  for v_id in
    update agentpg.instances i set fenced_at = agentpg.now()
    where i.name = _fence_incarnations.name and i.fenced_at is null
    returning i.id
  loop
    perform agentpg.release_runs(v_id);
    perform agentpg.release_tools(v_id);
    perform agentpg.release_batches(v_id);
    delete from agentpg.instance_tools t where t.instance_id = v_id;
  end loop;
end
$$;
comment on function agentpg._fence_incarnations(text, uuid) is
  'Whatever the older incarnations of a name hold is taken from them; their claims and heartbeats are refused from now on. One that was forgotten meanwhile may not come back over a newer one (AP211).';

create function agentpg.register_instance(
  name text default null,
  hostname text default null,
  pid integer default null,
  version text default null,
  max_concurrent_runs integer default 10,
  max_concurrent_tools integer default 50,
  metadata jsonb default '{}',
  exclusive boolean default false,
  forgotten_id uuid default null,
  max_concurrent_batches integer default 0
)
returns table (instance_id uuid, heartbeat_interval interval, lease_ttl interval, poll_interval interval)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id uuid;
begin
  if coalesce(least(max_concurrent_runs, max_concurrent_tools, max_concurrent_batches), -1) < 0
    or num_nulls(max_concurrent_runs, max_concurrent_tools, max_concurrent_batches) > 0
  then
    perform agentpg._refuse('AP108', 'max_concurrent_runs, max_concurrent_tools and max_concurrent_batches must not be negative');
  end if;
  if length(name) > 255 or name = '' then
    perform agentpg._refuse('AP112', 'an instance name has 1 to 255 characters');
  end if;
  if exclusive then
    perform agentpg._fence_incarnations(coalesce(name, hostname, 'unnamed'), forgotten_id);
  end if;
  insert into agentpg.instances as i (name, hostname, pid, version, max_concurrent_runs, max_concurrent_tools, max_concurrent_batches, metadata)
  values (
    coalesce(name, hostname, 'unnamed'), hostname, pid, version, max_concurrent_runs, max_concurrent_tools, max_concurrent_batches,
    agentpg._check_metadata(metadata)
  )
  returning i.id into v_id;
  return query
  select v_id, s.heartbeat_interval, s.lease_ttl, agentpg._poll_interval() from agentpg.settings s;
end
$$;
comment on function agentpg.register_instance(text, text, integer, text, integer, integer, jsonb, boolean, uuid, integer) is
  'Registers a worker process and returns the id that its claims carry: one id is one incarnation. With exclusive, the name is one process at a time: older incarnations are fenced and their work goes back to be claimed; a process that the database forgot registers again with forgotten_id, its old id, and is refused if a newer one has its name. max_concurrent_batches above 0 says that it gathers and polls batches. Send heartbeats at the returned interval. Errors: AP104, AP108, AP112, AP211.';

commit;
