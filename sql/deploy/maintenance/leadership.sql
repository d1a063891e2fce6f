-- Deploy agentpg:maintenance/leadership to pg
-- requires: registry/register_instance
begin;

create table agentpg.leadership (
  singleton boolean not null default true,
  term bigint not null default 0,
  leader_id uuid,
  elected_at timestamptz,
  expires_at timestamptz,
  rescue_after timestamptz,
  looked_back_at timestamptz,
  constraint leadership_pk primary key (singleton),
  constraint leadership_one_row check (singleton),
  constraint leadership_is_whole check (num_nonnulls(leader_id, elected_at, expires_at) in (0, 3))
);
comment on table agentpg.leadership is
  'Which instance does the maintenance, so that the others need not. Only spares work: everything it does is safe from anywhere.';
comment on column agentpg.leadership.term is 'Goes up by one with each change of the leader.';

comment on column agentpg.leadership.rescue_after is
  'No expired lease is taken before this: the whole fleet had been out of contact and is about to renew.';
comment on column agentpg.leadership.looked_back_at is 'When somebody last looked behind the marks of claims.';

insert into agentpg.leadership default values;

create function agentpg._lead(instance_id uuid)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := agentpg.now();
  v_row agentpg.leadership;
  v_ttl interval;
begin
  select l.* into v_row from agentpg.leadership l;
  if v_row.leader_id is distinct from _lead.instance_id and v_row.expires_at > v_now then
    return null;
  end if;
  select greatest(s.leader_ttl, 2 * s.heartbeat_interval) into v_ttl from agentpg.settings s;
  -- A lease of which more than half is left needs no writing.
  if v_row.leader_id = _lead.instance_id and v_row.expires_at > v_now + v_ttl / 2 then
    return v_row.term;
  end if;
  select l.* into v_row from agentpg.leadership l for no key update skip locked;
  if not found or (v_row.leader_id is distinct from _lead.instance_id and v_row.expires_at > v_now) then
    return null;
  end if;
  update agentpg.leadership l
  set term = l.term + case when l.leader_id is distinct from _lead.instance_id then 1 else 0 end,
    elected_at = case when l.leader_id is distinct from _lead.instance_id then v_now else l.elected_at end,
    leader_id = _lead.instance_id, expires_at = v_now + v_ttl
  returning l.term into v_row.term;
  return v_row.term;
end
$$;
comment on function agentpg._lead(uuid) is 'The term in which the instance leads, taken over when the leader was silent too long; null when another one leads.';

create function agentpg._resign(instance_id uuid)
returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  update agentpg.leadership l
  set leader_id = null, elected_at = null, expires_at = null
  where l.leader_id = _resign.instance_id
$$;
comment on function agentpg._resign(uuid) is 'The instance leads no longer; anybody may take over at once.';

-- Half a lease is what a held one has left at a heartbeat: after a longer silence it may have run out.
create function agentpg._heard_since(at timestamptz)
returns timestamptz
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select at - greatest(s.lease_ttl / 2, 2 * s.heartbeat_interval) from agentpg.settings s
$$;
comment on function agentpg._heard_since(timestamptz) is 'Who was heard of since then is in contact.';

create function agentpg._begin_truce(instance_id uuid, at timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_since timestamptz := agentpg._heard_since(at);
begin
  if exists (
    select from agentpg.instances i where i.id = _begin_truce.instance_id and i.last_heartbeat_at < v_since
  ) and not exists (
    -- One that has only just registered says nothing about the others.
    select from agentpg.instances i
    where i.id <> _begin_truce.instance_id and i.fenced_at is null and i.last_heartbeat_at >= v_since and i.created_at < v_since
  ) then
    update agentpg.leadership l set rescue_after = _begin_truce.at + 2 * s.heartbeat_interval from agentpg.settings s;
  end if;
end
$$;
comment on function agentpg._begin_truce(uuid, timestamptz) is
  'The first instance that is heard of again after all were silent gives the others two heartbeats to renew their leases. Called before its own heartbeat is written.';

create function agentpg._may_rescue(at timestamptz)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  -- One statement: a heartbeat that begins a truce is seen whole or not at all.
  select coalesce(l.rescue_after <= at, true) and exists (
    select from agentpg.instances i where i.fenced_at is null and i.last_heartbeat_at >= agentpg._heard_since(at)
  )
  from agentpg.leadership l
$$;
comment on function agentpg._may_rescue(timestamptz) is
  'Whether expired leases may be taken: some instance is in contact, and no truce is on.';

commit;
