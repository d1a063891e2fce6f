-- Deploy agentpg:batches/ingest_batch to pg
-- requires: batches/poll_batches
-- requires: batches/settle_member
begin;

create function agentpg._settle_or_store(batch agentpg.batches, ordinal integer, result jsonb)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_settled boolean := agentpg._settle_member(batch, ordinal, result);
begin
  if v_settled is distinct from false then
    return v_settled;
  end if;
  -- Somebody holds the session, perhaps for long: paid for and kept, the maintenance gives it to the run.
  with free as (
    select m.batch_id, m.ordinal
    from agentpg.batch_members m
    where m.batch_id = batch.id and m.ordinal = _settle_or_store.ordinal and m.settled_at is null and m.result is null
    for no key update skip locked
  )
  update agentpg.batch_members m
  set result = _settle_or_store.result
  from free f
  where m.batch_id = f.batch_id and m.ordinal = f.ordinal;
  if not found and exists (
    select from agentpg.batch_members m
    where m.batch_id = batch.id and m.ordinal = _settle_or_store.ordinal and m.settled_at is null and m.result is null
  ) then
    -- Somebody is ending the run in a transaction of theirs, which may take others of this batch too: no waiting here.
    update agentpg.batches b set postponed = true where b.id = batch.id;
    return null;
  end if;
  return false;
end
$$;
comment on function agentpg._settle_or_store(agentpg.batches, integer, jsonb) is
  'Gives a result to its run, or keeps it while somebody holds the run. True when it is settled, null when it is neither. The caller holds the batch, or the result is kept already.';

create function agentpg._settle_alone(batch agentpg.batches, ordinal integer, result jsonb)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return agentpg._settle_or_store(batch, ordinal, result);
exception
  -- What the line itself may cause. Anything else stops the chunk, and nothing is lost.
  when data_exception or integrity_constraint_violation or program_limit_exceeded then
    return agentpg._settle_or_store(batch, ordinal, jsonb_build_object('type', 'errored', 'error', jsonb_build_object('type', 'error', 'error',
      jsonb_build_object('type', 'invalid_response', 'message', left(sqlerrm, 1000), 'should_retry', false))));
end
$$;
comment on function agentpg._settle_alone(agentpg.batches, integer, jsonb) is
  'As _settle_or_store; a result that cannot be stored fails its own run and no other.';

create function agentpg.record_batch_results(batch_id uuid, lease_token uuid, results jsonb)
returns table (settled integer, stored integer, ignored integer)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set "agentpg.bulk" = 'on'
as $$
#variable_conflict use_column
declare
  v_batch agentpg.batches;
  v_line record;
  v_settled boolean;
begin
  if results is null or jsonb_typeof(results) <> 'array' then
    perform agentpg._refuse('AP100', 'results must be a JSON array of the lines {custom_id, result} of the results');
  end if;
  v_batch := agentpg._leased_batch(record_batch_results.batch_id, record_batch_results.lease_token);
  if v_batch.state <> 'ended' then
    perform agentpg._refuse('AP200', format('batch %s is %s', v_batch.id, v_batch.state), 'results come after record_batch_status said ingest',
      jsonb_build_object('batch_id', v_batch.id));
  end if;
  settled := 0;
  stored := 0;
  begin
    for v_line in
      select agentpg._ordinal(v_batch.id, l.line ->> 'custom_id') as ordinal, l.line -> 'result' as result
      from jsonb_array_elements(record_batch_results.results) as l(line)
    loop
      v_settled := case when v_line.ordinal is not null then agentpg._settle_or_store(v_batch, v_line.ordinal, v_line.result) end;
      settled := settled + case when v_settled then 1 else 0 end;
      stored := stored + case when not v_settled then 1 else 0 end;
    end loop;
  exception
    when data_exception or integrity_constraint_violation or program_limit_exceeded then
      -- One line is bad: each for itself.
      settled := 0;
      stored := 0;
      for v_line in
        select agentpg._ordinal(v_batch.id, l.line ->> 'custom_id') as ordinal, l.line -> 'result' as result
        from jsonb_array_elements(record_batch_results.results) as l(line)
      loop
        v_settled := case when v_line.ordinal is not null then agentpg._settle_alone(v_batch, v_line.ordinal, v_line.result) end;
        settled := settled + case when v_settled then 1 else 0 end;
        stored := stored + case when not v_settled then 1 else 0 end;
      end loop;
  end;
  ignored := jsonb_array_length(record_batch_results.results) - settled - stored;
  -- Chunk follows chunk, and heartbeats pass over a batch that is locked.
  update agentpg.batches b
  set lease_expires_at = agentpg.now() + s.lease_ttl
  from agentpg.settings s
  where b.id = v_batch.id and b.lease_expires_at < agentpg.now() + s.lease_ttl / 2;
  return next;
end
$$;
comment on function agentpg.record_batch_results(uuid, uuid, jsonb) is
  'Takes over a chunk of results (some hundred lines at a time, in any order): each goes the way of a streamed answer, a retry or a failure of its own run, in one transaction. Repeating lines changes nothing; the lease is renewed. Returns how many lines are settled, kept until their session is free, and ignored because they are not of this batch, or met a run that somebody is ending just now (those are read once more). Errors: AP009, AP100, AP200, AP210.';

create function agentpg.record_batch_ingested(batch_id uuid, lease_token uuid, line_count integer)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
  v_batch agentpg.batches;
  v_told bigint;
  v_torn boolean;
begin
  v_batch := agentpg._leased_batch(record_batch_ingested.batch_id, record_batch_ingested.lease_token);
  if v_batch.state <> 'ended' then
    perform agentpg._refuse('AP200', format('batch %s is %s', v_batch.id, v_batch.state), null, jsonb_build_object('batch_id', v_batch.id));
  end if;
  if not exists (
    select from agentpg.batch_members m
    where m.batch_id = v_batch.id and m.settled_at is null and m.result is null
  ) then
    perform agentpg._close_batch(v_batch.id, 'ingested');
    return true;
  end if;
  v_told := coalesce(agentpg._count_requests(v_batch.result_counts - 'processing'), v_batch.request_count);
  v_torn := not v_batch.postponed and coalesce(line_count, 0) < v_told and v_batch.failures < 10;
  if not v_batch.postponed and not v_torn and agentpg._store_results(v_batch.id,
    '{"type": "errored", "error": {"type": "error", "error": {"type": "batch_result_missing", "message": "the provider gave no result"}}}')
  then
    perform agentpg._close_batch(v_batch.id, 'ingested');
    return true;
  end if;
  -- Read again from the start.
  update agentpg.batches b
  set failures = b.failures + case when v_torn then 1 else 0 end,
    last_error = case when v_torn then format('%s of %s results arrived', coalesce(line_count, 0), v_told) else 'some runs were being ended as their results came' end,
    postponed = false, next_poll_at = v_now + agentpg._batch_delay(b.failures), lease_token = null, claimed_by = null, lease_expires_at = null
  where b.id = v_batch.id;
  return false;
end
$$;
comment on function agentpg.record_batch_ingested(uuid, uuid, integer) is
  'All results were read to the end of the file: line_count lines. True: the batch is over; a request without a result is tried again. False: lines are missing, as after a torn download, or met runs that somebody was ending, and the results are read again later. Errors: AP009, AP200, AP210.';

create function agentpg._settle_stored(max_count integer)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
set "agentpg.bulk" = 'on'
as $$
#variable_conflict use_column
declare
  v_batch agentpg.batches;
  v_member record;
  v_count integer := 0;
begin
  for v_member in
    select m.batch_id, m.ordinal, m.result
    from agentpg.batch_members m
    where m.result is not null
    limit max_count
  loop
    if v_batch.id is distinct from v_member.batch_id then
      select b.* into v_batch from agentpg.batches b where b.id = v_member.batch_id;
    end if;
    if agentpg._settle_alone(v_batch, v_member.ordinal, v_member.result) then
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end
$$;
comment on function agentpg._settle_stored(integer) is
  'Gives results that were kept to their runs, as far as nobody holds these now. Returns how many.';

commit;
