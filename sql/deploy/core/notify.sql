-- Deploy agentpg:core/notify to pg
-- requires: core/settings
begin;

-- pg_notify takes a database-wide lock at commit that is held over the flush, which ends group commit.
-- The gate lets one notifying transaction per channel be in flight; who finds it taken goes without,
-- because somebody is being woken at this very moment and polls back the rest up. A transaction of several
-- statements may take its time to commit, so it notifies without closing the gate to others.
create function agentpg._notify(channel text, payload jsonb, wakes boolean default false)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_level text;
begin
  select s.notifications into v_level from agentpg.settings s;
  if v_level = 'off' or (v_level = 'wakeups' and not wakes) then
    return;
  end if;
  -- 1095189584 is 'AGPG' in ASCII: the class of this product's advisory locks.
  if statement_timestamp() > transaction_timestamp() or pg_try_advisory_xact_lock(1095189584, hashtext(channel)) then
    perform pg_notify(channel, payload::text);
  end if;
end
$$;

comment on function agentpg._notify(text, jsonb, boolean) is
  'Sends a hint on a channel: ids and states only, at most one notifying single-statement transaction per channel at a time. Never needed for correctness.';

create function agentpg._notify_at_commit(channel text, payload jsonb, wakes boolean default false)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_level text;
begin
  select s.notifications into v_level from agentpg.settings s;
  if v_level = 'off' or (v_level = 'wakeups' and not wakes) then
    return;
  end if;
  if pg_try_advisory_xact_lock(1095189584, hashtext(channel)) then
    perform pg_notify(channel, payload::text);
  end if;
end
$$;

comment on function agentpg._notify_at_commit(text, jsonb, boolean) is
  'As _notify, for deferred triggers: the transaction commits right now, so the gate is taken whatever came before.';

commit;
