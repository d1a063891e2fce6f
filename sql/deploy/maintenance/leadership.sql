-- Deploy agentpg:maintenance/leadership to pg
-- requires: registry/register_instance
begin;

create table agentpg.leadership (
  singleton boolean not null default true,
  term bigint not null default 0,
  leader_id uuid,
  elected_at timestamptz,
  expires_at timestamptz,
  constraint leadership_pk primary key (singleton),
  constraint leadership_one_row check (singleton),
  constraint leadership_is_whole check (num_nonnulls(leader_id, elected_at, expires_at) in (0, 3))
);
comment on table agentpg.leadership is
  'Which instance does the maintenance, so that the others need not. Only spares work: everything it does is safe from anywhere.';
comment on column agentpg.leadership.term is 'Goes up by one with each change of the leader.';

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

commit;
