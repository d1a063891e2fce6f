-- Deploy agentpg:batches/batches to pg
-- requires: runs/iterations
begin;

create table agentpg.batches (
  id uuid not null default agentpg._uuid_v7(),
  provider_batch_id text,
  status agentpg.batch_status,
  request_count integer not null,
  request_bytes bigint not null,
  lease_token uuid,
  claimed_by uuid,
  lease_expires_at timestamptz,
  next_poll_at timestamptz,
  created_at timestamptz not null default agentpg.now(),
  submitted_at timestamptz,
  ended_at timestamptz,
  ingested_at timestamptz,
  expires_at timestamptz,
  constraint batches_pk primary key (id),
  constraint batches_provider_id_unique unique (provider_batch_id),
  constraint batches_counts_positive check (request_count > 0 and request_bytes > 0),
  constraint batches_lease_is_whole check (num_nonnulls(lease_token, claimed_by, lease_expires_at) in (0, 3)),
  constraint batches_status_iff_submitted check (
    (provider_batch_id is not null) = (status is not null) and (submitted_at is not null) = (status is not null)
  ),
  constraint batches_ingested_after_end check (ingested_at is null or ended_at is not null)
);
comment on table agentpg.batches is
  'Provider batches, many runs each. The row is written before the provider is called; a lease exists only while somebody submits or ingests.';

create index batches_poll on agentpg.batches (next_poll_at) where status is not null and ingested_at is null;
comment on index agentpg.batches_poll is 'Which submitted batch is due for a look.';

create table agentpg.batch_members (
  batch_id uuid not null,
  iteration_id uuid not null,
  run_id uuid not null,
  result_type text,
  constraint batch_members_pk primary key (batch_id, iteration_id),
  constraint batch_members_batch_fk foreign key (batch_id) references agentpg.batches (id),
  constraint batch_members_run_fk foreign key (run_id) references agentpg.run_inputs (run_id),
  constraint batch_members_result_known check (result_type in ('succeeded', 'errored', 'canceled', 'expired'))
);
comment on table agentpg.batch_members is 'The iterations that a provider batch carries; custom_id names batch and iteration.';

create index batch_members_run on agentpg.batch_members (run_id);
comment on index agentpg.batch_members_run is 'The batch of a run: cancel, why_waiting.';

commit;
