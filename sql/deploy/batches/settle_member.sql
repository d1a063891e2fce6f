-- Deploy agentpg:batches/settle_member to pg
-- requires: batches/batches
-- requires: runs/record_response
begin;

create function agentpg._late_result(run agentpg.runs, member agentpg.batch_members, batch agentpg.batches, message jsonb)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_counted boolean;
begin
  -- Paid for all the same. A second answer to a call that has one is only in its failed attempt.
  insert into agentpg.iterations (
    id, run_id, number, attempt, rescue_attempts, run_mode, trigger_type, model, prefix_id, batch_id, request_seq,
    input_tokens, output_tokens, cache_creation_input_tokens, cache_creation_1h_input_tokens, cache_read_input_tokens, cost_usd,
    usage, message_id, started_at
  )
  select run.iteration_id, run.id, run.iteration_number, run.attempt, run.rescue_attempts, 'batch', 'continuation', q.model, run.prefix_id, batch.id,
    (select coalesce(max(m.seq), 1) from agentpg.messages m where m.session_id = run.session_id and m.run_id = run.id),
    u.*, message -> 'usage', message ->> 'id', batch.submitted_at
  from agentpg.queues q
  cross join lateral agentpg._billed(q.model, 'batch', message -> 'usage', agentpg.now()) u
  where q.id = run.queue_id and run.finalized_at is not null and run.iteration_id = member.iteration_id
  on conflict do nothing;
  v_counted := found;
  if v_counted and run.budget_ids is not null then
    perform agentpg._spend(run.budget_ids, t) from agentpg.iterations t where t.run_id = run.id and t.number = run.iteration_number;
  end if;
  insert into agentpg.failed_attempts (run_id, iteration_id, kind, attempt, error_type, error_message, details, started_at)
  values (
    run.id, member.iteration_id, 'abandoned', run.attempt, 'late_result', 'the batch answered after the run had gone on',
    jsonb_build_object('batch_id', batch.id, 'usage', message -> 'usage') || case when v_counted then '{}' else
      agentpg._bill_attempt(run, 'batch', jsonb_build_object('usage', message -> 'usage')) end, batch.submitted_at
  );
end
$$;
comment on function agentpg._late_result(agentpg.runs, agentpg.batch_members, agentpg.batches, jsonb) is
  'An answer for a run that has left the batch: only its usage counts. The caller holds the locks of session and run.';

create function agentpg._is_response(response jsonb)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._check_response(response);
  return true;
exception
  when sqlstate 'AP115' then
    return false;
end
$$;
comment on function agentpg._is_response(jsonb) is 'Whether it looks like an answer of the Messages API.';

create function agentpg._settle_result(run agentpg.runs, result jsonb)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  case result ->> 'type'
    when 'succeeded' then
      if not agentpg._is_response(result -> 'message') then
        perform agentpg._fail_attempt(run, '{"type": "invalid_response", "message": "the batch gave no Messages API response", "should_retry": false}', null);
      elsif result #>> '{message,stop_reason}' is null then
        perform agentpg._fail_attempt(run, jsonb_strip_nulls(jsonb_build_object(
          'type', 'no_stop_reason', 'message', 'the answer ended without a stop reason', 'usage', result #> '{message,usage}'
        )), null);
      else
        perform agentpg._settle_response(run, result -> 'message', null, null, null);
      end if;
    when 'errored' then
      perform agentpg._fail_attempt(run, case jsonb_typeof(result #> '{error,error}')
        when 'object' then result #> '{error,error}'
        else jsonb_build_object('type', 'unknown_error', 'message', left((result -> 'error')::text, 1000))
      end, null);
    when 'expired' then
      perform agentpg._fail_attempt(run, '{"type": "batch_expired", "message": "the provider did not get to it in time"}', null);
    when 'canceled' then
      perform agentpg._fail_attempt(run, '{"type": "batch_canceled", "message": "the batch was cancelled at the provider"}', null);
    else
      perform agentpg._fail_attempt(run, jsonb_build_object('type', 'unknown_result', 'message', left(result::text, 1000)), null);
  end case;
end
$$;
comment on function agentpg._settle_result(agentpg.runs, jsonb) is
  'Gives one result of a batch to its run: the same paths as a streamed answer or its failure. The caller holds the locks of session and run.';

create function agentpg._drop_result(member agentpg.batch_members, result_type text)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from agentpg.run_inputs i where i.run_id = member.run_id) then
    return false;
  end if;
  -- No waiting: whoever deletes the run holds the row until then.
  with free as (
    select m.batch_id, m.ordinal
    from agentpg.batch_members m
    where m.batch_id = member.batch_id and m.ordinal = member.ordinal
    for no key update skip locked
  )
  update agentpg.batch_members m
  set settled_at = coalesce(m.settled_at, agentpg.now()), withdrawn_at = coalesce(m.withdrawn_at, agentpg.now()), result = null,
    result_type = coalesce(m.result_type, case when _drop_result.result_type in ('succeeded', 'errored', 'canceled', 'expired') then _drop_result.result_type end)
  from free f
  where m.batch_id = f.batch_id and m.ordinal = f.ordinal;
  return found;
end
$$;
comment on function agentpg._drop_result(agentpg.batch_members, text) is
  'A result for a run that was deleted meanwhile: nobody wants it, and nothing of it is kept. False when the run is there, and somebody holds it.';

create function agentpg._settle_member(batch agentpg.batches, ordinal integer, result jsonb)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
  v_member agentpg.batch_members;
  v_run agentpg.runs;
  v_type text := result ->> 'type';
begin
  select m.* into v_member from agentpg.batch_members m where m.batch_id = batch.id and m.ordinal = _settle_member.ordinal;
  if not found then
    return null;
  elsif v_member.settled_at is not null then
    return true;
  end if;
  v_run := agentpg._try_lock_run(v_member.run_id);
  if v_run.id is null then
    return agentpg._drop_result(v_member, v_type);
  end if;
  -- Again under the lock: whoever ends a run withdraws it.
  select m.* into v_member from agentpg.batch_members m where m.batch_id = batch.id and m.ordinal = _settle_member.ordinal for no key update;

  if v_type = 'released' then
    update agentpg.batch_members m
    set result = null, withdrawn_at = coalesce(m.withdrawn_at, v_now)
    where m.batch_id = batch.id and m.ordinal = _settle_member.ordinal;
    if v_member.withdrawn_at is null and v_run.iteration_id = v_member.iteration_id and v_run.batch_id = batch.id
      and v_run.state in ('batch_submitting', 'batch_pending', 'batch_processing')
    then
      update agentpg.runs r
      set state = 'pending', previous_state = r.state, available_at = v_now, attempt = r.attempt - 1
      where r.id = v_run.id;
    end if;
    return true;
  end if;

  update agentpg.batch_members m
  set settled_at = v_now, result = null,
    result_type = case when v_type in ('succeeded', 'errored', 'canceled', 'expired') then v_type else 'errored' end
  where m.batch_id = batch.id and m.ordinal = _settle_member.ordinal;
  if v_member.withdrawn_at is not null or v_run.iteration_id <> v_member.iteration_id or v_run.batch_id is distinct from batch.id
    or v_run.state not in ('batch_submitting', 'batch_pending', 'batch_processing')
  then
    if v_type = 'succeeded' then
      perform agentpg._late_result(v_run, v_member, batch, result -> 'message');
    end if;
    return true;
  end if;
  if v_run.state = 'batch_submitting' then
    update agentpg.runs r set state = 'batch_pending', previous_state = r.state where r.id = v_run.id returning r.* into v_run;
  end if;
  -- What the paths of an answer note down about its call.
  v_run.claimed_at := coalesce(batch.submitted_at, batch.submission_started_at, batch.created_at);
  perform agentpg._settle_result(v_run, result);
  return true;
end
$$;
comment on function agentpg._settle_member(agentpg.batches, integer, jsonb) is
  'Gives a result to the run of a member, once. False when somebody holds the run or its session, null when there is no such member. The caller may hold the batch: nothing here waits for a session or a run.';

commit;
