-- Deploy agentpg:tools/tool_executions to pg
-- requires: runs/iterations
begin;

create table agentpg.tool_executions (
  -- As in agentpg.runs: what changes when a call ends stands in one place.
  id uuid not null default agentpg._uuid_v7(),
  run_id uuid not null,
  iteration_id uuid not null,
  lease_token uuid,
  claimed_by uuid,
  lease_expires_at timestamptz,
  available_at timestamptz not null,
  ready_at timestamptz generated always as (case when state = 'pending' then available_at end) stored,
  waits_until timestamptz generated always as (case when state in ('pending', 'awaiting_approval') then deadline_at end) stored,
  created_at timestamptz not null,
  started_at timestamptz,
  deadline_at timestamptz not null,
  message_seq bigint not null,
  completed_at timestamptz,
  result_seq bigint,
  state agentpg.tool_execution_state not null default 'pending',
  is_error boolean not null default false,
  asked boolean not null default false,
  awaits_approval boolean generated always as (state = 'awaiting_approval') stored,
  max_attempts smallint not null,
  attempt smallint not null default 0,
  rescue_attempts smallint not null default 0,
  block_index integer not null,
  snooze_count integer not null default 0,
  tool_use_id text not null,
  tool_name text not null,
  agent_id uuid,
  child_run_id uuid,
  last_error text,
  constraint tool_executions_pk primary key (id),
  constraint tool_executions_run_fk foreign key (run_id) references agentpg.runs (id),
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
)
-- As runs: a call's row is written twice, and the second version finds its place beside the first.
with (fillfactor = 50);
comment on table agentpg.tool_executions is
  'The narrow, changing row of one tool call. Its input is the tool_use block at (message_seq, block_index) of the transcript; its result is the message result_seq.';
comment on column agentpg.tool_executions.deadline_at is 'When the model gets an error result, whatever the call is doing; it bounds retries and snoozes. While it waits for approval, when that expires.';
comment on column agentpg.tool_executions.ready_at is 'available_at while it may be claimed, else null.';
comment on column agentpg.tool_executions.waits_until is 'deadline_at while nobody holds it, else null: the run of a call that somebody holds has a timer (watch_at).';
comment on column agentpg.tool_executions.awaits_approval is 'Whether a person is to decide.';
comment on column agentpg.tool_executions.attempt is 'Attempts begun; a snooze and a release give theirs back.';
comment on column agentpg.tool_executions.asked is 'Approval was asked for: what became of it is in tool_approvals.';
comment on column agentpg.tool_executions.lease_token is 'Kept after the end, so that a repeated completion is recognised.';
comment on column agentpg.tool_executions.agent_id is 'The delegate, when the tool is an agent: no worker holds it, it runs while child_run_id does.';

-- No index, nor the predicate of one, has a column that changes when a call that somebody holds ends: the update stays in its page (HOT).
create index tool_executions_claimable on agentpg.tool_executions (tool_name, ready_at, id) where ready_at is not null;
comment on index agentpg.tool_executions_claimable is 'claim_tool_executions walks a prefix of it per tool.';

create index tool_executions_waiting on agentpg.tool_executions (waits_until) where waits_until is not null;
comment on index agentpg.tool_executions_waiting is 'Calls that nobody holds and whose time is up.';

create index tool_executions_awaiting on agentpg.tool_executions (id) where awaits_approval;
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

create function agentpg._held_calls(instance_id uuid default null)
returns table (tool_execution_id uuid, run_id uuid, claimed_by uuid)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  select e.id, e.run_id, e.claimed_by
  from agentpg.runs r
  -- What is open was all asked for by one message, the last that asked for any.
  cross join lateral (select max(l.message_seq) as seq from agentpg.tool_executions l where l.run_id = r.id) last
  join agentpg.tool_executions e on e.run_id = r.id and e.message_seq = last.seq
  where r.watch_at is not null and r.lease_token is null and e.state = 'running' and e.lease_token is not null
    and (_held_calls.instance_id is null or e.claimed_by = _held_calls.instance_id);
end
$$;
comment on function agentpg._held_calls(uuid) is 'The calls that an instance holds, or anybody: their runs are watched.';

create function agentpg._due_calls(at timestamptz, overdue boolean, max_count integer)
returns setof uuid
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  select c.id
  from (
    (
      select e.id, e.waits_until as until
      from agentpg.tool_executions e
      where _due_calls.overdue and e.waits_until < _due_calls.at
      order by e.waits_until
      limit max_count
    )
    union all
    (
      select e.id, case when _due_calls.overdue then e.deadline_at else e.lease_expires_at end
      from agentpg.runs r
      cross join lateral (select max(l.message_seq) as seq from agentpg.tool_executions l where l.run_id = r.id) last
      join agentpg.tool_executions e on e.run_id = r.id and e.message_seq = last.seq
      where r.watch_at < _due_calls.at and r.lease_token is null and e.state = 'running'
        and case when _due_calls.overdue then e.deadline_at else e.lease_expires_at end < _due_calls.at
      order by r.watch_at
      limit max_count
    )
  ) c
  order by c.until
  limit max_count;
end
$$;
comment on function agentpg._due_calls(timestamptz, boolean, integer) is
  'Tool calls that are past their deadline (overdue), or whose lease has expired, the longest first: as many as that at most.';

commit;
