-- Deploy agentpg:runs/next_iteration to pg
-- requires: runs/announce
-- requires: runs/await_input
-- requires: runs/queue_id
begin;

create function agentpg._next_queue(run agentpg.runs)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_queue agentpg.queues;
begin
  select q.* into v_queue from agentpg.queues q where q.id = run.queue_id;
  if v_queue.run_mode = 'batch' and (
    run.stream_at <= agentpg.now()
    or run.iteration_number >= (select (i.options ->> 'stream_after_turns')::integer from agentpg.run_inputs i where i.run_id = run.id)
  ) then
    return agentpg._queue_id('streaming', v_queue.model);
  end if;
  return run.queue_id;
end
$$;
comment on function agentpg._next_queue(agentpg.runs) is
  'Where the run''s next model call waits: a run in batch mode may finish in streaming mode after some turns, or from a moment on.';

create function agentpg._next_iteration(run agentpg.runs, continuation boolean default false, claim_for uuid default null)
returns agentpg.runs
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := agentpg.now();
  v_run agentpg.runs;
  v_limit text;
  v_mode agentpg.run_mode;
  v_max_iterations integer;
begin
  select case
      when run.iteration_number >= coalesce(run.iteration_limit, i.max_iterations) then 'max_iterations'
      when continuation and run.continuations >= coalesce(run.continuation_limit, i.max_continuations) then 'pause_turn'
    end, i.run_mode, i.max_iterations into v_limit, v_mode, v_max_iterations
  from agentpg.run_inputs i where i.run_id = run.id;

  if v_limit is not null then
    return agentpg._await_input(run, v_limit);
  end if;
  if run.compaction_id is null and run.context_tokens > run.compact_above then
    run := agentpg._compact_run(run, 'automatic');
  end if;
  if run.compaction_id is not null then
    -- A call that writes a summary is none of the run's own, and its model may be paused where the run's is not.
    run.iteration_limit := least(coalesce(run.iteration_limit, v_max_iterations) + 1, 65535);
    claim_for := null;
  elsif v_mode = 'batch' then
    run.queue_id := agentpg._next_queue(run);
  end if;
  if claim_for is not null then
    update agentpg.runs r
    set state = 'streaming', previous_state = r.state, open_tools = 0,
      iteration_id = agentpg._iteration_id(r.id, r.iteration_number + 1), iteration_number = r.iteration_number + 1, attempt = 1, rescue_attempts = 0,
      available_at = v_now, lease_token = gen_random_uuid(), lease_expires_at = v_now + s.lease_ttl, watch_at = least(r.watch_at, v_now + s.lease_ttl),
      claimed_by = claim_for, claimed_at = v_now, context_tokens = run.context_tokens, compact_above = run.compact_above
    from agentpg.settings s
    where r.id = run.id
    returning r.* into v_run;
  else
    update agentpg.runs r
    set state = 'pending', previous_state = r.state, open_tools = 0,
      iteration_id = agentpg._iteration_id(r.id, r.iteration_number + 1), iteration_number = r.iteration_number + 1, attempt = 0, rescue_attempts = 0,
      available_at = v_now, lease_token = null, lease_expires_at = null, claimed_by = null, claimed_at = null, watch_at = null,
      continuations = r.continuations + case when continuation then 1 else 0 end, queue_id = run.queue_id,
      context_tokens = run.context_tokens, compact_above = run.compact_above, compaction_id = run.compaction_id, iteration_limit = run.iteration_limit
    where r.id = run.id
    returning r.* into v_run;
  end if;
  perform agentpg._announce_state(v_run);
  return v_run;
end
$$;
comment on function agentpg._next_iteration(agentpg.runs, boolean, uuid) is
  'The run goes on to its next model call: pending, or held by claim_for at once; when a limit is met it waits for input with the limit as stop reason; with a context above compact_above that call writes a summary first. The caller holds the locks of session and run.';

commit;
