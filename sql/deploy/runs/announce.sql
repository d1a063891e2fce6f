-- Deploy agentpg:runs/announce to pg
-- requires: runs/runs
-- requires: core/notify
begin;

create function agentpg._announce_created()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_input agentpg.run_inputs;
begin
  if new.ready_at < agentpg.now() - interval '5 seconds' then
    -- Nobody saw it before, and claims may look further on by now.
    update agentpg.runs r set available_at = agentpg.now() where r.id = new.id and r.ready_at is not null;
  end if;
  select i.* into v_input from agentpg.run_inputs i where i.run_id = new.id;
  perform agentpg._notify('agentpg_run_created', jsonb_build_object(
    'run_id', new.id, 'session_id', new.session_id, 'agent_id', v_input.agent_id,
    'run_mode', v_input.run_mode, 'parent_run_id', v_input.parent_run_id, 'depth', v_input.depth
  ), not new.blocked, 'commit');
  return null;
end
$$;
comment on function agentpg._announce_created() is 'Trigger: channel agentpg_run_created.';

-- A run is created in the user's own transaction, which may go on for long after: it is announced at its end.
create constraint trigger runs_announce_created
  after insert on agentpg.runs
  deferrable initially deferred
  for each row when (current_setting('agentpg.announced', true) is distinct from 'on')
  execute function agentpg._announce_created();
comment on trigger runs_announce_created on agentpg.runs is
  'Announces a new run when its transaction commits; create_runs, which says agentpg.announced, does that once for all.';

create function agentpg._announce_state(run agentpg.runs)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_gate constant text := case when run.state in ('cancelled', 'failed') then 'none' else 'statement' end;
  v_wakes constant boolean := run.state in ('pending', 'awaiting_input', 'cancelled', 'failed');
  v_input record;
begin
  select i.agent_id, i.parent_run_id, i.parent_tool_execution_id, s.notifications into v_input
  from agentpg.run_inputs i, agentpg.settings s
  where i.run_id = run.id;
  if v_input.notifications = 'off' or (v_input.notifications = 'wakeups' and not v_wakes and run.finalized_at is null) then
    return;
  end if;
  -- What makes a run runnable wakes executors; what ends or stops one wakes its waiters and its worker.
  perform agentpg._notify('agentpg_run_state', jsonb_build_object(
    'run_id', run.id, 'session_id', run.session_id, 'agent_id', v_input.agent_id,
    'state', run.state, 'previous_state', run.previous_state, 'parent_run_id', v_input.parent_run_id
  ), v_wakes, v_gate);
  if run.finalized_at is not null then
    perform agentpg._notify('agentpg_run_finalized', jsonb_build_object(
      'run_id', run.id, 'session_id', run.session_id, 'state', run.state,
      'parent_run_id', v_input.parent_run_id, 'parent_tool_execution_id', v_input.parent_tool_execution_id
    ), true, v_gate);
  end if;
end
$$;
comment on function agentpg._announce_state(agentpg.runs) is 'Channels agentpg_run_state and, at the end of a run, agentpg_run_finalized.';

commit;
