-- Deploy agentpg:runs/runs to pg
-- requires: runs/run_inputs
-- requires: runs/queues
-- requires: core/state_machine
begin;

create table agentpg.runs (
  -- What a step of a tool loop changes stands in one place: what is the same before and after it is not logged.
  id uuid not null,
  session_id uuid not null,
  prefix_id uuid not null,
  ready_at timestamptz generated always as (case when state = 'pending' and not blocked then available_at end) stored,
  streams_at timestamptz generated always as (case when state = 'pending' then stream_at end) stored,
  stopped_as agentpg.run_state generated always as (case when state in ('awaiting_input', 'cancelled', 'failed') then state end) stored,
  watch_at timestamptz,
  started_at timestamptz,
  finalized_at timestamptz,
  last_rescue_at timestamptz,
  deadline_at timestamptz,
  stream_at timestamptz,
  available_at timestamptz not null,
  iteration_id uuid not null,
  lease_token uuid,
  claimed_by uuid,
  lease_expires_at timestamptz,
  claimed_at timestamptz,
  iteration_number integer not null default 1,
  open_tools integer not null default 0,
  context_tokens integer not null default 0,
  state agentpg.run_state not null default 'pending',
  previous_state agentpg.run_state,
  queue_id integer not null,
  priority smallint not null default 0,
  attempt smallint not null default 0,
  rescue_attempts smallint not null default 0,
  continuations smallint not null default 0,
  continuation_limit smallint,
  iteration_limit integer,
  compact_above integer,
  blocked boolean not null,
  events boolean not null default true,
  imported boolean not null default false,
  stop_reason text,
  error_type text,
  error_message text,
  tenant_id text,
  batch_id uuid,
  batch_ordinal integer,
  budget_ids uuid[],
  container jsonb,
  compaction_id uuid,
  constraint runs_pk primary key (id),
  constraint runs_input_fk foreign key (id) references agentpg.run_inputs (run_id),
  constraint runs_queue_fk foreign key (queue_id) references agentpg.queues (id),
  constraint runs_prefix_fk foreign key (prefix_id) references agentpg.prompt_prefixes (id),
  constraint runs_finalized_iff_terminal check (
    (finalized_at is not null) = (state in ('completed', 'cancelled', 'failed'))
  ),
  constraint runs_lease_iff_held check ((lease_token is not null) = (state = 'streaming')),
  constraint runs_lease_is_whole check (num_nonnulls(lease_token, claimed_by, lease_expires_at, claimed_at) in (0, 4)),
  constraint runs_watched_while_held check (
    case when state = 'streaming' then coalesce(watch_at <= lease_expires_at, false) else watch_at is null or state = 'pending_tools' end
  ),
  constraint runs_batch_is_whole check (
    (batch_id is null) = (batch_ordinal is null)
    and (batch_id is not null or state not in ('batch_submitting', 'batch_pending', 'batch_processing'))
  ),
  constraint runs_open_tools_iff_pending_tools check ((open_tools > 0) = (state = 'pending_tools')),
  constraint runs_open_tools_not_negative check (open_tools >= 0),
  constraint runs_blocked_only_while_pending check (not blocked or state = 'pending'),
  constraint runs_failed_has_an_error check (state <> 'failed' or error_type is not null),
  constraint runs_context_tokens_not_negative check (context_tokens >= 0),
  constraint runs_imported_is_over check (not imported or finalized_at is not null),
  constraint runs_priority_range check (priority between -10 and 10),
  constraint runs_counters_not_negative check (
    iteration_number between 1 and 65535 and attempt >= 0 and rescue_attempts >= 0 and continuations >= 0
  )
)
-- Half of each page is kept for the next version of its rows, so that a step of a loop stays on its page and touches no index.
with (fillfactor = 50);
comment on table agentpg.runs is
  'The narrow, changing half of a run: state, lease, place in the queue. Payloads live in insert-only tables.';
comment on column agentpg.runs.iteration_id is 'Id of the model call the run waits for or is in: that of the run with iteration_number in its last 16 bits. Its row in agentpg.iterations is written at its end.';
comment on column agentpg.runs.ready_at is 'available_at while it may be claimed, else null: all that the index of claims needs, so that what changes a run at work leaves the index alone.';
comment on column agentpg.runs.streams_at is 'stream_at while no batch holds it.';
comment on column agentpg.runs.stopped_as is 'Its state, if it is one that few runs are in.';
comment on column agentpg.runs.watch_at is 'The maintenance looks at the run no later than this: not after its lease ends. Leases are renewed without moving it, and it stays while tools work; the look moves it on.';
comment on column agentpg.runs.available_at is 'Not claimed before this time: a schedule, or the delay of a retry.';
comment on column agentpg.runs.blocked is 'True while an earlier run of the session has not ended.';
comment on column agentpg.runs.attempt is 'Model calls begun for this iteration.';
comment on column agentpg.runs.rescue_attempts is 'Workers lost during this iteration.';
comment on column agentpg.runs.continuations is 'How often it went on by itself since it was started or continued.';
comment on column agentpg.runs.continuation_limit is 'What max_continuations is since the run was continued; null for that of its input.';
comment on column agentpg.runs.iteration_limit is 'Number of the last model call allowed since the run was continued; null for max_iterations of its input.';
comment on column agentpg.runs.deadline_at is 'When the run fails, whatever it is doing; null for no deadline.';
comment on column agentpg.runs.stream_at is 'When a run in batch mode goes over to streaming, unless a batch holds it; null when it does not.';
comment on column agentpg.runs.batch_id is 'The provider batch it was gathered into last; it is in it while its state says so.';
comment on column agentpg.runs.events is 'Whether the run tells the event stream of its tree what happens.';
comment on column agentpg.runs.compaction_id is 'The compaction for which its current model call writes the summary; null when the call is one of the conversation.';
comment on column agentpg.runs.context_tokens is 'Size of the next request: the usage of the last answer, and estimates of what came since.';
comment on column agentpg.runs.compact_above is 'The size from which the context is compacted before the next model call; null for never.';
comment on column agentpg.runs.imported is 'True when import_session made it, ended as it was.';
comment on column agentpg.runs.budget_ids is 'The budgets it is under; null for none.';
comment on column agentpg.runs.container is 'Id and expiry of the container in which the API runs code for it; null for none.';
comment on column agentpg.runs.open_tools is 'Tool executions of this iteration that have not ended.';

create unique index runs_one_active_per_session on agentpg.runs (session_id)
  where finalized_at is null and not blocked;
comment on index agentpg.runs_one_active_per_session is 'One active run per session; create_run: is there one?';

-- No index, nor the predicate of one, has a column that a step of a tool loop changes: its updates stay in their page (HOT).
create index runs_claimable on agentpg.runs (queue_id, priority desc, ready_at, id) where ready_at is not null;
comment on index agentpg.runs_claimable is 'claim_runs walks a prefix of it.';

create index runs_watched on agentpg.runs (watch_at) where watch_at is not null;
comment on index agentpg.runs_watched is 'Expired leases; what an instance holds.';

create index runs_stopped on agentpg.runs (stopped_as, id) where stopped_as is not null;
comment on index agentpg.runs_stopped is 'list_runs by a state that few runs are in.';

create index runs_deadline on agentpg.runs (deadline_at) where finalized_at is null and deadline_at is not null;
comment on index agentpg.runs_deadline is 'Runs whose time is up.';

create index runs_stream on agentpg.runs (streams_at) where streams_at is not null;
comment on index agentpg.runs_stream is 'Runs in batch mode that are due to go over to streaming.';

create trigger runs_guard_state
  before update on agentpg.runs
  for each row when (
    old.state is distinct from new.state
    -- The two of every round of tools are listed; they need not be looked up each time.
    and (old.state, new.state) not in (('streaming', 'pending_tools'), ('pending_tools', 'streaming'))
  )
  execute function agentpg._guard_state('run');
comment on trigger runs_guard_state on agentpg.runs is 'Only listed transitions.';

create trigger runs_guard_first_state
  before insert on agentpg.runs
  for each row when (new.state <> 'pending' and not new.imported)
  execute function agentpg._guard_first_state('run');
comment on trigger runs_guard_first_state on agentpg.runs is 'A run is born pending; an imported one is over.';

commit;
