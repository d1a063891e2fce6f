-- Deploy agentpg:tools/tool_executions to pg
-- requires: runs/iterations
begin;

create table agentpg.tool_executions (
  id uuid not null default agentpg._uuid_v7(),
  run_id uuid not null,
  iteration_id uuid not null,
  lease_token uuid,
  claimed_by uuid,
  lease_expires_at timestamptz,
  available_at timestamptz not null,
  created_at timestamptz not null,
  started_at timestamptz,
  completed_at timestamptz,
  deadline_at timestamptz not null,
  message_seq bigint not null,
  result_seq bigint,
  block_index integer not null,
  snooze_count integer not null default 0,
  max_attempts smallint not null,
  attempt smallint not null default 0,
  rescue_attempts smallint not null default 0,
  state agentpg.tool_execution_state not null default 'pending',
  is_error boolean not null default false,
  asked boolean not null default false,
  tool_use_id text not null,
  tool_name text not null,
  agent_id uuid,
  child_run_id uuid,
  last_error text,
  constraint tool_executions_pk primary key (id),
  constraint tool_executions_run_fk foreign key (run_id) references agentpg.run_inputs (run_id),
  constraint tool_executions_call_unique unique (run_id, message_seq, block_index),
  constraint tool_executions_completed_iff_ended check (
    (completed_at is not null) = (state in ('completed', 'failed', 'skipped'))
  ),
  constraint tool_executions_result_iff_ended check ((result_seq is not null) = (completed_at is not null)),
  constraint tool_executions_running_is_leased check (
    state <> 'running'
    or num_nonnulls(lease_token, claimed_by, lease_expires_at) = (case when agent_id is null then 3 else 0 end) and started_at is not null
  ),
  constraint tool_executions_waiting_is_free check (
    state not in ('pending', 'awaiting_approval') or num_nonnulls(lease_token, claimed_by, lease_expires_at) = 0
  ),
  constraint tool_executions_awaiting_was_asked check (state <> 'awaiting_approval' or asked),
  constraint tool_executions_counters_sane check (
    attempt >= 0 and max_attempts > 0 and snooze_count >= 0 and rescue_attempts >= 0 and block_index >= 0
  )
);
comment on table agentpg.tool_executions is
  'The narrow, changing row of one tool call. Its input is the tool_use block at (message_seq, block_index) of the transcript; its result is the message result_seq.';
comment on column agentpg.tool_executions.deadline_at is 'When the model gets an error result, whatever the call is doing; it bounds retries and snoozes. While it waits for approval, when that expires.';
comment on column agentpg.tool_executions.attempt is 'Attempts begun; a snooze and a release give theirs back.';
comment on column agentpg.tool_executions.asked is 'Approval was asked for: what became of it is in tool_approvals.';
comment on column agentpg.tool_executions.lease_token is 'Kept after the end, so that a repeated completion is recognised.';
comment on column agentpg.tool_executions.agent_id is 'The delegate, when the tool is an agent: no worker holds it, it runs while child_run_id does.';

create index tool_executions_claimable on agentpg.tool_executions (tool_name, available_at, id)
  where state = 'pending';
comment on index agentpg.tool_executions_claimable is 'claim_tool_executions walks a prefix of it per tool.';

create index tool_executions_leased on agentpg.tool_executions (lease_expires_at) where state = 'running';
comment on index agentpg.tool_executions_leased is 'Expired leases; what an instance holds.';

create index tool_executions_deadline on agentpg.tool_executions (deadline_at) where completed_at is null;
comment on index agentpg.tool_executions_deadline is 'Calls whose time is up.';

create index tool_executions_awaiting on agentpg.tool_executions (id) where state = 'awaiting_approval';
comment on index agentpg.tool_executions_awaiting is 'list_approvals walks it.';

create trigger tool_executions_guard_state
  before update on agentpg.tool_executions
  for each row when (
    old.state is distinct from new.state
    -- Listed, and too frequent to be looked up each time.
    and (old.state, new.state) is distinct from ('running'::agentpg.tool_execution_state, 'completed'::agentpg.tool_execution_state)
  )
  execute function agentpg._guard_state('tool_execution');
comment on trigger tool_executions_guard_state on agentpg.tool_executions is 'Only listed transitions.';

create trigger tool_executions_guard_first_state
  before insert on agentpg.tool_executions
  for each row when (new.state not in ('pending', 'awaiting_approval', 'running'))
  execute function agentpg._guard_first_state('tool_execution');
comment on trigger tool_executions_guard_first_state on agentpg.tool_executions is
  'A tool execution is born pending, awaiting approval, or running (claimed by the worker whose answer made it).';

commit;
