-- Deploy agentpg:runs/cancel_run to pg
-- requires: runs/leased_run
-- requires: runs/finalize_run
begin;

create function agentpg.cancel_run(run_id uuid, reason text default null)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
declare
  v_run agentpg.runs;
begin
  v_run := agentpg._lock_run(run_id);
  if v_run.id is null then
    perform agentpg._refuse('AP003', format('no run has id %s', coalesce(run_id::text, 'null')), null,
      jsonb_build_object('run_id', run_id));
  end if;
  if v_run.finalized_at is not null then
    return false;
  end if;
  perform agentpg._finalize_run(v_run, 'cancelled', v_run.stop_reason, 'cancelled', coalesce(reason, 'cancelled'));
  return true;
end
$$;
comment on function agentpg.cancel_run(uuid, text) is
  'Cancels a run in any state that is not final, whoever holds it: open tool calls get an error result, the next run of the session goes on. True when this call did it, false when the run had ended. Errors: AP003.';

commit;
