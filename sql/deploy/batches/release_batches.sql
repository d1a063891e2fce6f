-- Deploy agentpg:batches/release_batches to pg
-- requires: batches/record_batch_error
begin;

create function agentpg.release_batches(instance_id uuid, batch_ids uuid[] default null)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now timestamptz := agentpg.now();
  v_count integer;
begin
  with held as (
    select b.id from agentpg.batches b
    where b.closed_at is null and b.lease_token is not null and b.claimed_by = release_batches.instance_id
      and (release_batches.batch_ids is null or b.id = any (release_batches.batch_ids))
    order by b.id
    for no key update skip locked
  )
  update agentpg.batches b
  set lease_token = null, claimed_by = null, lease_expires_at = null,
    -- It may be on its way to the provider at this moment.
    state = case when b.state = 'submitting' then 'unknown' else b.state end,
    unknown_since = case when b.state = 'submitting' then v_now else b.unknown_since end,
    next_poll_at = case when b.state = 'submitting' then v_now + s.batch_settle_time else v_now end
  from held h, agentpg.settings s
  where b.id = h.id;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
comment on function agentpg.release_batches(uuid, uuid[]) is
  'Gives back batches that the instance works on (all, or the given ones); others go on with them at once. One that may be on its way to the provider is looked for there first. Returns how many.';

create function agentpg.abandon_batch(batch_id uuid)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_batch agentpg.batches;
begin
  select b.* into v_batch from agentpg.batches b where b.id = abandon_batch.batch_id for no key update;
  if not found then
    perform agentpg._refuse('AP009', format('no batch has id %s', coalesce(batch_id::text, 'null')), 'agentpg.batch_progress shows what there is',
      jsonb_build_object('batch_id', batch_id));
  elsif v_batch.closed_at is not null then
    return false;
  elsif v_batch.state = 'submitting' then
    perform agentpg._refuse('AP200', format('batch %s is being sent at this moment', batch_id), 'try again in a minute',
      jsonb_build_object('batch_id', batch_id));
  end if;
  if not agentpg._dissolve_batch(v_batch.id) then
    perform agentpg._refuse('AP200', format('a run of batch %s is being ended at this moment', batch_id), 'try again in a minute',
      jsonb_build_object('batch_id', v_batch.id));
  end if;
  return true;
end
$$;
comment on function agentpg.abandon_batch(uuid) is
  'For a person who knows that the provider will never answer a batch: its runs wait for another batch at once, and are paid for again if it answers after all. False when the batch was over. Errors: AP009, AP200.';

commit;
