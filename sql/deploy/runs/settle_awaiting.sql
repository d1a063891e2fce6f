-- Deploy agentpg:runs/settle_awaiting to pg
-- requires: runs/finalize_run
begin;

create function agentpg._settle_awaiting(session_id uuid)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run agentpg.runs;
begin
  select r.* into v_run
  from agentpg.runs r
  where r.session_id = _settle_awaiting.session_id and r.finalized_at is null and not r.blocked
    and r.state = 'awaiting_input'
  for no key update;
  if found then
    perform agentpg._finalize_run(v_run, 'completed', v_run.stop_reason);
  end if;
end
$$;
comment on function agentpg._settle_awaiting(uuid) is
  'A session whose run waits for input moves on when a new run arrives: the waiting one is completed as it is. The caller holds the session lock.';

commit;
