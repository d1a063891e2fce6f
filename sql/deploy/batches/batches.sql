-- Deploy agentpg:batches/batches to pg
-- requires: runs/iterations
-- requires: core/state_machine
begin;

create table agentpg.batches (
  id uuid not null default agentpg._uuid_v7(),
  state agentpg.batch_state not null default 'gathered',
  provider_batch_id text,
  status agentpg.batch_status,
  request_count integer not null,
  request_bytes bigint not null,
  result_counts jsonb,
  lease_token uuid,
  claimed_by uuid,
  lease_expires_at timestamptz,
  submission_token uuid,
  submissions integer not null default 0,
  next_poll_at timestamptz,
  failures integer not null default 0,
  last_error text,
  candidates text[] not null default '{}',
  disproved text[] not null default '{}',
  created_at timestamptz not null default agentpg.now(),
  submission_started_at timestamptz,
  unknown_since timestamptz,
  submitted_at timestamptz,
  expires_at timestamptz,
  cancel_requested_at timestamptz,
  postponed boolean not null default false,
  ended_at timestamptz,
  closed_at timestamptz,
  constraint batches_pk primary key (id),
  constraint batches_provider_id_unique unique (provider_batch_id),
  constraint batches_counts_positive check (request_count > 0 and request_bytes > 0 and submissions >= 0 and failures >= 0),
  constraint batches_lease_is_whole check (num_nonnulls(lease_token, claimed_by, lease_expires_at) in (0, 3)),
  constraint batches_submitted_is_known check (
    num_nonnulls(provider_batch_id, status, submitted_at, expires_at) in (0, 4)
    and (provider_batch_id is not null or state not in ('submitted', 'ended', 'ingested'))
  ),
  constraint batches_submission_iff_begun check ((submission_token is not null) = (submission_started_at is not null)),
  constraint batches_unknown_since_iff_unknown check ((unknown_since is not null) = (state = 'unknown')),
  constraint batches_closed_iff_over check ((closed_at is not null) = (state in ('ingested', 'abandoned'))),
  constraint batches_open_is_scheduled check ((next_poll_at is null) = (closed_at is not null)),
  constraint batches_closed_is_free check (closed_at is null or lease_token is null)
);
comment on table agentpg.batches is
  'Provider batches, many runs each. The row is committed before the provider is called; a lease exists only while somebody works on it.';
comment on column agentpg.batches.status is 'What the provider said last; null before it accepted the batch.';
comment on column agentpg.batches.result_counts is 'The provider''s counts, once it is done: it tells none before.';
comment on column agentpg.batches.submission_token is 'The lease under which it was last sent: its holder may still report what the provider said, however late.';
comment on column agentpg.batches.submissions is 'How often it was begun to be sent.';
comment on column agentpg.batches.next_poll_at is 'When somebody should work on it next; null when it is over.';
comment on column agentpg.batches.failures is 'Steps that failed in a row; the next delay grows with it.';
comment on column agentpg.batches.candidates is 'While unknown: batches at the provider that may be this one, still in progress.';
comment on column agentpg.batches.disproved is 'Batches at the provider that are proven not to be this one.';
comment on column agentpg.batches.unknown_since is 'From when on nobody can be sending it any more.';
comment on column agentpg.batches.expires_at is 'When the provider gives up what is not done, 24 hours after its start.';
comment on column agentpg.batches.cancel_requested_at is 'All its members had left, so the provider was asked to cancel it.';
comment on column agentpg.batches.postponed is 'Some result met a run that somebody was ending at that moment: the results are read once more.';

create index batches_open on agentpg.batches (next_poll_at) where closed_at is null;
comment on index agentpg.batches_open is 'Which batch somebody should work on.';

create index batches_ingested on agentpg.batches (ended_at) where state = 'ingested';
comment on index agentpg.batches_ingested is 'How long the last batches took.';

create trigger batches_guard_state
  before update on agentpg.batches
  for each row when (old.state is distinct from new.state)
  execute function agentpg._guard_state('batch');
comment on trigger batches_guard_state on agentpg.batches is 'Only listed transitions.';

create trigger batches_guard_first_state
  before insert on agentpg.batches
  for each row when (new.state <> 'gathered')
  execute function agentpg._guard_first_state('batch');
comment on trigger batches_guard_first_state on agentpg.batches is 'A batch is born gathered.';

create table agentpg.batch_members (
  batch_id uuid not null,
  ordinal integer not null,
  run_id uuid not null,
  iteration_id uuid not null,
  withdrawn_at timestamptz,
  settled_at timestamptz,
  result_type text,
  result jsonb,
  constraint batch_members_pk primary key (batch_id, ordinal),
  constraint batch_members_batch_fk foreign key (batch_id) references agentpg.batches (id),
  constraint batch_members_ordinal_positive check (ordinal > 0),
  constraint batch_members_result_known check (result_type in ('succeeded', 'errored', 'canceled', 'expired')),
  constraint batch_members_result_kept_until_settled check (result is null or settled_at is null)
) with (fillfactor = 70);
comment on table agentpg.batch_members is
  'The requests of a batch. custom_id at the provider is the batch id without dashes, a dash and the ordinal; the run points back while it is in the batch.';
comment on column agentpg.batch_members.withdrawn_at is 'When its run ended first: it counts as gone from the batch, whatever the provider still does.';
comment on column agentpg.batch_members.settled_at is 'When its result went to the run, or when it left before the batch was sent.';
comment on column agentpg.batch_members.result is 'A result that could not go to its run at once, because somebody held the session.';

create index batch_members_withdrawn on agentpg.batch_members (batch_id) where withdrawn_at is not null;
comment on index agentpg.batch_members_withdrawn is 'Batches that may have lost all their members.';

create index batch_members_stored on agentpg.batch_members (batch_id) where result is not null;
comment on index agentpg.batch_members_stored is 'Results that wait for their session.';

create function agentpg._custom_id(batch_id uuid, ordinal integer)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select replace(batch_id::text, '-', '') || '-' || ordinal
$$;
comment on function agentpg._custom_id(uuid, integer) is 'The custom_id of a member at the provider: at most 39 characters.';

create function agentpg._ordinal(batch_id uuid, custom_id text)
returns integer
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case when custom_id ~ ('^' || replace(batch_id::text, '-', '') || '-[0-9]{1,6}$') then substr(custom_id, 34)::integer end
$$;
comment on function agentpg._ordinal(uuid, text) is 'The place of a custom_id in the batch; null when it is not of this batch.';

create function agentpg._withdraw_member(run agentpg.runs)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update agentpg.batch_members m
  set withdrawn_at = agentpg.now()
  where m.batch_id = run.batch_id and m.ordinal = run.batch_ordinal and m.settled_at is null and m.withdrawn_at is null;
end
$$;
comment on function agentpg._withdraw_member(agentpg.runs) is 'The run ends: it leaves its batch. The caller holds the locks of session and run.';

commit;
