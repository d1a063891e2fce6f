-- Deploy agentpg:runs/why_waiting to pg
-- requires: views/run_details
-- requires: registry/register_instance
-- requires: views/batch_progress
begin;

create function agentpg._why_pending(run agentpg.runs)
returns table (reason text, detail text, until timestamptz)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select w.reason, w.detail, w.until
  from (
    select 1, 'earlier_run', format('waits for run %s of the same session (%s)', a.id, a.state), null::timestamptz
    from agentpg.runs a
    where run.blocked and a.session_id = run.session_id and a.finalized_at is null and not a.blocked
    union all
    select 2, 'scheduled', format('scheduled for %s', i.scheduled_at), run.available_at
    from agentpg.run_inputs i
    where i.run_id = run.id and run.started_at is null and run.available_at > agentpg.now()
    union all
    select 3, 'retry', format('attempt %s failed (%s: %s); tried again at %s', f.attempt, f.error_type, left(f.error_message, 200), run.available_at),
      run.available_at
    from agentpg.failed_attempts f
    where f.run_id = run.id and f.iteration_id = run.iteration_id and run.available_at > agentpg.now()
      and f.id = (select max(l.id) from agentpg.failed_attempts l where l.run_id = run.id and l.iteration_id = run.iteration_id)
    union all
    select 3, 'budget', format('waits for what other calls have reserved of the %s''s budget', b.scope), run.available_at
    from agentpg.budget_usage b
    where b.id = any (run.budget_ids) and b.reserved_tokens > 0 and run.available_at > agentpg.now()
    union all
    select 4, 'parked', format('calls to %s are parked (%s): mend the cause, then select agentpg.resume_parked()', q.model, q.parked_reason), null
    from agentpg.queues q
    where q.id = run.queue_id and q.parked_at is not null
    union all
    select 5, 'queue_paused', format('calls to %s are paused: %s', q.model, q.pause_reason), q.paused_until
    from agentpg.queues q
    where q.id = run.queue_id and q.paused_until > agentpg.now()
    union all
    select 6, 'no_executor', 'no live executor is registered; start one', null
    where not exists (
      select from agentpg.instances i, agentpg.settings s
      where i.fenced_at is null and greatest(i.max_concurrent_runs, i.max_concurrent_batches) > 0 and i.last_heartbeat_at > agentpg.now() - s.instance_ttl
    )
    union all
    select 7, 'no_batch_executor', 'no live executor gathers batches (max_concurrent_batches); start one', null
    from agentpg.queues q
    where q.id = run.queue_id and q.run_mode = 'batch' and not exists (
      select from agentpg.instances i, agentpg.settings s
      where i.fenced_at is null and i.max_concurrent_batches > 0 and i.last_heartbeat_at > agentpg.now() - s.instance_ttl
    )
    union all
    select 8, 'gathering', 'waits for others to share a provider batch with', run.available_at + s.batch_max_wait
    from agentpg.queues q, agentpg.settings s
    where q.id = run.queue_id and q.run_mode = 'batch'
    union all
    select 9, 'queued', 'ready; waits for an executor with a free slot', null
  ) as w(place, reason, detail, until)
  order by w.place
  limit 1
$$;
comment on function agentpg._why_pending(agentpg.runs) is 'The first thing that a pending run waits for.';

create function agentpg._why_tools(run_id uuid)
returns table (reason text, detail text, until timestamptz)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select
    case
      when e.state = 'awaiting_approval' then 'tool_approval'
      when e.agent_id is not null then 'delegate'
      when e.state = 'running' then 'tool_running'
      when e.available_at > agentpg.now() then 'tool_delayed'
      when not exists (select from agentpg.instance_tools it where it.tool_name = e.tool_name) then 'tool_not_offered'
      else 'tool_queued'
    end,
    case
      when e.state = 'awaiting_approval' then format('tool %s waits for a person: agentpg approvals approve %s (or in SQL agentpg.approve_tool)', e.tool_name, e.id)
      when e.agent_id is not null then format('the delegate %s works in run %s: ask what that one waits for', e.tool_name, e.child_run_id)
      when e.state = 'running' then format('tool %s runs on %s (attempt %s)', e.tool_name, agentpg._instance_label(e.claimed_by), e.attempt)
      when e.available_at > agentpg.now() then concat_ws(': ', format('tool %s is tried again at %s', e.tool_name, e.available_at), e.last_error)
      when not exists (select from agentpg.instance_tools it where it.tool_name = e.tool_name)
        then format('no live executor offers tool %s', e.tool_name)
      else format('tool %s waits for an executor with a free slot', e.tool_name)
    end,
    case when e.state = 'awaiting_approval' then e.deadline_at when e.state = 'running' then e.lease_expires_at when e.available_at > agentpg.now() then e.available_at end
  from agentpg.tool_executions e
  where e.run_id = _why_tools.run_id and e.completed_at is null
  order by e.state <> 'awaiting_approval', e.state = 'running', e.available_at desc
  limit 1
$$;
comment on function agentpg._why_tools(uuid) is 'What the most stuck open tool call of a run waits for.';

create function agentpg._why_batch(batch_id uuid)
returns table (reason text, detail text, until timestamptz)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select
    case b.state when 'gathered' then 'batch_gathered' when 'submitting' then 'batch_sending' when 'unknown' then 'batch_unknown'
      when 'submitted' then 'batch' else 'batch_results' end,
    case b.state
      when 'gathered' then concat_ws(': ', format('is in batch %s, which is sent at %s', b.id, b.next_poll_at), b.last_error)
      when 'submitting' then format('is in batch %s, which %s sends to the provider', b.id, agentpg._instance_label(b.claimed_by))
      when 'unknown' then format('is in batch %s; whether the provider has it is being found out%s', b.id,
        case when b.candidates <> '{}' then ', which needs the end of ' || array_to_string(b.candidates, ' and ') else '' end)
      when 'submitted' then concat_ws(', ',
        format('the provider works on batch %s (%s requests)', b.provider_batch_id, b.request_count),
        'usually for ' || (select u.usual from agentpg._usual_batch_time u), b.last_error)
      else concat_ws(': ', format('the provider is done with batch %s; its results are being taken over', b.provider_batch_id), b.last_error)
    end,
    case when b.state = 'submitted' then b.expires_at else b.next_poll_at end
  from agentpg.batches b
  where b.id = _why_batch.batch_id
$$;
comment on function agentpg._why_batch(uuid) is 'What a batch waits for.';

create function agentpg.why_waiting(run_id uuid)
returns table (reason text, detail text, until timestamptz)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_run agentpg.runs;
begin
  perform agentpg._check_run(why_waiting.run_id);
  select r.* into v_run from agentpg.runs r where r.id = why_waiting.run_id;
  if v_run.finalized_at is not null then
    return query select 'finished', format('the run is %s', v_run.state), null::timestamptz;
  elsif v_run.state = 'pending' then
    return query select w.* from agentpg._why_pending(v_run) w;
  elsif v_run.state = 'pending_tools' then
    return query select w.* from agentpg._why_tools(v_run.id) w;
  elsif v_run.state = 'awaiting_input' then
    return query select 'awaiting_input',
      format('stopped with %s: continue it, cancel it, or start the next run of the session', v_run.stop_reason), null::timestamptz;
  elsif v_run.lease_expires_at < agentpg.now() then
    return query select 'worker_lost',
      format('%s was not heard of in time during attempt %s: the run is taken over at the next maintenance', agentpg._instance_label(v_run.claimed_by), v_run.attempt),
      null::timestamptz;
  elsif v_run.lease_token is not null then
    return query select 'model_call',
      format('%s calls Claude (attempt %s)', agentpg._instance_label(v_run.claimed_by), v_run.attempt), v_run.lease_expires_at;
  else
    return query select w.* from agentpg._why_batch(v_run.batch_id) w;
  end if;
end
$$;
comment on function agentpg.why_waiting(uuid) is
  'One row: what the run waits for, as a word, as a sentence, and until when (null: no set time). Errors: AP003.';

commit;
