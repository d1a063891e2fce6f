-- Deploy agentpg:core/notify to pg
-- requires: core/settings
begin;

-- pg_notify takes a database-wide lock at commit that is held over the flush, which ends group commit.
-- The gate lets one notifying transaction per channel be in flight; who finds it taken goes without,
-- because somebody is being woken at this very moment and polls back the rest up.
create function agentpg._notify(channel text, payload jsonb, wakes boolean default false, gate text default 'statement')
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
  -- none: rare, and the one that must hear it may have nothing else to wake it. statement: a transaction of several
  -- statements may take its time to commit, so it does not close the gate to others.
  -- A bulk transaction sets agentpg.bulk: it is one commit for hundreds of hints, and would hold the gate long.
  -- 1095189584 is 'AGPG' in ASCII: the class of this product's advisory locks.
  if gate = 'none' or current_setting('agentpg.bulk', true) = 'on' or (gate = 'statement' and statement_timestamp() > transaction_timestamp())
    or pg_try_advisory_xact_lock(1095189584, hashtext(channel))
  then
    perform pg_notify(channel, payload::text);
  end if;
end
$$;

comment on function agentpg._notify(text, jsonb, boolean, text) is
  'Sends a hint on a channel: ids and states only, never needed for correctness. The gate lets at most one notifying transaction per channel be in flight: statement (those of several statements go past it), commit (all take it; for deferred triggers), none (for what is rare and must be heard).';

create function agentpg._notify_all(channel text, wakes boolean, payloads jsonb[])
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_level text;
  v_payload jsonb;
begin
  if payloads = '{}' then
    return 0;
  end if;
  select s.notifications into v_level from agentpg.settings s;
  if v_level = 'off' or (v_level = 'wakeups' and not wakes) then
    return 0;
  end if;
  foreach v_payload in array payloads loop
    perform pg_notify(channel, v_payload::text);
  end loop;
  return cardinality(payloads);
end
$$;
comment on function agentpg._notify_all(text, boolean, jsonb[]) is
  'Sends hints of several runs past the gate, which is for one at a time: their transaction is one commit for all. Returns how many.';

commit;
