-- Deploy agentpg:runs/run_inputs to pg
-- requires: registry/agents
-- requires: conversation/sessions
-- requires: core/types
begin;

create table agentpg.run_inputs (
  run_id uuid not null,
  session_id uuid not null,
  turn integer not null,
  agent_id uuid not null,
  run_mode agentpg.run_mode not null,
  content jsonb not null,
  variables jsonb,
  options jsonb,
  idempotency_key text,
  request_hash bigint not null,
  parent_run_id uuid,
  parent_tool_execution_id uuid,
  root_run_id uuid,
  depth integer not null default 0,
  max_iterations integer not null,
  max_continuations integer not null,
  scheduled_at timestamptz,
  created_by uuid,
  tenant_id text,
  created_at timestamptz not null default agentpg.now(),
  constraint run_inputs_pk primary key (run_id),
  constraint run_inputs_session_fk foreign key (session_id) references agentpg.sessions (id),
  constraint run_inputs_agent_fk foreign key (agent_id) references agentpg.agents (id),
  constraint run_inputs_turn_unique unique (session_id, turn),
  constraint run_inputs_turn_positive check (turn > 0),
  constraint run_inputs_content_is_blocks check (jsonb_typeof(content) = 'array' and content <> '[]'),
  constraint run_inputs_variables_is_object check (jsonb_typeof(variables) = 'object'),
  constraint run_inputs_options_is_object check (jsonb_typeof(options) = 'object'),
  constraint run_inputs_depth_matches_parent check ((depth = 0) = (parent_run_id is null)),
  constraint run_inputs_parents_together check (num_nonnulls(parent_run_id, parent_tool_execution_id, root_run_id) in (0, 3)),
  constraint run_inputs_limits_in_range check (max_iterations between 1 and 65535 and max_continuations >= 0)
);
comment on table agentpg.run_inputs is 'Insert-only: what a run was asked to do. The narrow, changing half is agentpg.runs.';
comment on column agentpg.run_inputs.turn is 'Place in the session''s queue of runs, gapless.';
comment on column agentpg.run_inputs.root_run_id is 'The run at the top of the tree of delegates; null when it is this one.';
comment on column agentpg.run_inputs.variables is 'Values for the tools of the run; null when there are none.';
comment on column agentpg.run_inputs.request_hash is 'Of agent, mode, content, variables and options: tells a repeated request from another one under the same idempotency key.';

create unique index run_inputs_idempotency_unique on agentpg.run_inputs
  ((coalesce(tenant_id, '')), idempotency_key)
  where idempotency_key is not null;
comment on index agentpg.run_inputs_idempotency_unique is 'One run per tenant and idempotency key.';

create index run_inputs_parent on agentpg.run_inputs (parent_run_id) where parent_run_id is not null;
comment on index agentpg.run_inputs_parent is 'Children of a run: cancel, trees.';

create index run_inputs_agent on agentpg.run_inputs (agent_id, run_id);
comment on index agentpg.run_inputs_agent is 'list_runs of one agent.';

create trigger run_inputs_insert_only
  before update on agentpg.run_inputs
  for each row execute function agentpg._refuse_change();
comment on trigger run_inputs_insert_only on agentpg.run_inputs is 'What was asked is never rewritten.';

commit;
