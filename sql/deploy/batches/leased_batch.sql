-- Deploy agentpg:batches/leased_batch to pg
-- requires: batches/batches
-- requires: registry/register_instance
begin;

create function agentpg._leased_batch(batch_id uuid, lease_token uuid)
returns agentpg.batches
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_batch agentpg.batches;
begin
  select b.* into v_batch
  from agentpg.batches b
  where b.id = _leased_batch.batch_id and b.lease_token = _leased_batch.lease_token
  for no key update;
  if found then
    return v_batch;
  end if;
  if not exists (select from agentpg.batches b where b.id = _leased_batch.batch_id) then
    perform agentpg._refuse('AP009', format('no batch has id %s', coalesce(batch_id::text, 'null')),
      'agentpg.batch_progress shows what there is', jsonb_build_object('batch_id', batch_id));
  end if;
  perform agentpg._refuse('AP210', format('the lease on batch %s is lost', batch_id),
    'drop the work: it was released, finished or given to another worker', jsonb_build_object('batch_id', batch_id));
  return null;
end
$$;
comment on function agentpg._leased_batch(uuid, uuid) is
  'The batch that is held under this lease token, locked; else AP009 or AP210. Batches are locked after sessions and runs.';

create function agentpg._check_owner(batch_id uuid, provider_batch_id text)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (
    select from agentpg.batches b where b.provider_batch_id = _check_owner.provider_batch_id and b.id <> _check_owner.batch_id
  ) then
    perform agentpg._refuse('AP100', format('provider batch %s belongs to another batch', provider_batch_id), 'agentpg.batch_progress shows which',
      jsonb_build_object('batch_id', batch_id, 'provider_batch_id', provider_batch_id));
  end if;
end
$$;
comment on function agentpg._check_owner(uuid, text) is 'AP100 when the provider''s batch is known as another one of ours.';

create function agentpg._count_requests(counts jsonb)
returns bigint
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (select sum(n.value::bigint) from jsonb_each_text(counts) n where n.value is not null);
exception
  when data_exception then
    return null;
end
$$;
comment on function agentpg._count_requests(jsonb) is 'How many requests the provider counts, in whatever state; null when it does not say.';

create function agentpg._batch_delay(failures integer, retry_after interval default null)
returns interval
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  select greatest(
    least(coalesce(retry_after, interval '0'), interval '1 hour'),
    least(s.batch_max_poll_interval, s.batch_poll_interval * power(2, least(greatest(failures, 1), 20) - 1))
  ) * (1 + pg_catalog.random() / 10)
  from agentpg.settings s
$$;
comment on function agentpg._batch_delay(integer, interval) is
  'Delay after a failed step of a batch: exponential from batch_poll_interval to batch_max_poll_interval, at least what the API asked for (an hour counts), and up to a tenth more.';

create function agentpg._poll_delay(batch agentpg.batches)
returns interval
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  select least(s.batch_max_poll_interval, greatest(s.batch_poll_interval, (agentpg.now() - coalesce(batch.submitted_at, batch.created_at)) / 8))
    * (0.9 + pg_catalog.random() / 5)
  from agentpg.settings s
$$;
comment on function agentpg._poll_delay(agentpg.batches) is
  'Until the next look at a batch that the provider works on: an eighth of its age within the settings, varied by a tenth.';

create function agentpg._advance_members(batch_id uuid, from_state agentpg.run_state, to_state agentpg.run_state)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_count integer;
begin
  with due as (
    select r.id
    from agentpg.batch_members m
    join agentpg.runs r on r.id = m.run_id and r.iteration_id = m.iteration_id and r.batch_id = m.batch_id
    where m.batch_id = _advance_members.batch_id and m.withdrawn_at is null and m.settled_at is null
      and m.result is null and r.state = _advance_members.from_state
    for no key update of r skip locked
  )
  update agentpg.runs r
  set state = _advance_members.to_state, previous_state = r.state,
    available_at = case when _advance_members.to_state = 'pending' then agentpg.now() else r.available_at end,
    attempt = r.attempt - case when _advance_members.to_state = 'pending' then 1 else 0 end
  from due d
  where r.id = d.id;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
comment on function agentpg._advance_members(uuid, agentpg.run_state, agentpg.run_state) is
  'Moves the members of a batch that are in one state to another and returns how many. One that somebody holds is passed over: the next step of the batch finds it. Back to pending, the attempt does not count.';

commit;
