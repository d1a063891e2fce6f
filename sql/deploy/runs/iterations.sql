-- Deploy agentpg:runs/iterations to pg
-- requires: runs/runs
begin;

create table agentpg.iterations (
  id uuid not null,
  run_id uuid not null,
  number integer not null,
  attempt integer not null,
  rescue_attempts integer not null default 0,
  run_mode agentpg.run_mode not null,
  trigger_type text not null,
  model text not null,
  prefix_id uuid not null,
  instance_id uuid,
  lease_token uuid,
  batch_id uuid,
  compaction_id uuid,
  request_seq bigint not null,
  response_seq bigint,
  stop_reason text,
  tool_count integer not null default 0,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  cache_creation_input_tokens bigint not null default 0,
  cache_creation_1h_input_tokens bigint not null default 0,
  cache_read_input_tokens bigint not null default 0,
  cost_usd numeric,
  usage jsonb,
  request_id text,
  message_id text,
  response jsonb,
  started_at timestamptz,
  completed_at timestamptz not null default agentpg.now(),
  constraint iterations_pk primary key (run_id, number),
  constraint iterations_run_fk foreign key (run_id) references agentpg.runs (id),
  constraint iterations_number_in_range check (number between 1 and 65535),
  constraint iterations_trigger_known check (trigger_type in ('user_prompt', 'tool_results', 'continuation', 'compaction')),
  constraint iterations_tokens_not_negative check (
    input_tokens >= 0 and output_tokens >= 0 and cache_creation_input_tokens >= cache_creation_1h_input_tokens
    and cache_creation_1h_input_tokens >= 0 and cache_read_input_tokens >= 0
  )
);
comment on table agentpg.iterations is
  'Insert-only: one row per answered model call, written at its end. Failed attempts are in agentpg.failed_attempts.';
comment on column agentpg.iterations.id is 'Says run and number too (_run_of_iteration, _iteration_number), so no index of it is needed.';
comment on column agentpg.iterations.compaction_id is 'The compaction that was in force for the request, or that the answer is a summary for; null for none.';
comment on column agentpg.iterations.request_seq is 'The last message of the request.';
comment on column agentpg.iterations.response_seq is 'The assistant message; null when nothing of the answer joined the transcript.';
comment on column agentpg.iterations.input_tokens is
  'As billed, like the other counts: steps that the API took by itself, such as a compaction, are in them. Without those: usage.';
comment on column agentpg.iterations.cache_creation_1h_input_tokens is 'Those of cache_creation_input_tokens that were written for an hour.';
comment on column agentpg.iterations.cost_usd is 'At the prices of its day; null when a part of it is unpriced.';
comment on column agentpg.iterations.request_id is 'The API''s request-id header.';
comment on column agentpg.iterations.message_id is 'The API''s id of the answer.';
comment on column agentpg.iterations.response is 'The whole answer, kept when it did not join the transcript as it was, or its stop reason is unknown.';

-- Rows are written in the order of time, so a few bytes a hundred pages do.
create index iterations_completed on agentpg.iterations using brin (completed_at) with (pages_per_range = 32, autosummarize = on);
comment on index agentpg.iterations_completed is 'What was used since a day: agentpg.costs().';

create trigger iterations_insert_only
  before update on agentpg.iterations
  for each row execute function agentpg._refuse_change();
comment on trigger iterations_insert_only on agentpg.iterations is 'What a model call answered is never rewritten.';

create table agentpg.failed_attempts (
  id bigint generated always as identity,
  run_id uuid not null,
  iteration_id uuid not null,
  tool_execution_id uuid,
  kind text not null,
  attempt integer not null,
  instance_id uuid,
  lease_token uuid,
  error_type text not null,
  error_message text,
  details jsonb,
  retry_at timestamptz,
  started_at timestamptz,
  failed_at timestamptz not null default agentpg.now(),
  constraint failed_attempts_pk primary key (id),
  constraint failed_attempts_run_fk foreign key (run_id) references agentpg.runs (id),
  constraint failed_attempts_kind_known check (kind in ('model', 'tool', 'snooze', 'rescue', 'release', 'abandoned'))
);
comment on table agentpg.failed_attempts is
  'Insert-only: attempts of model calls and tools that did not count as an answer, who made them and what came of it.';
comment on column agentpg.failed_attempts.details is
  'More of the error. usage, what the attempt had used as far as it is known; and unless an iteration has that, billed, what it costs.';
comment on column agentpg.failed_attempts.retry_at is 'When it is tried again; null when that was the last attempt.';

create index failed_attempts_run on agentpg.failed_attempts (run_id, iteration_id);
comment on index agentpg.failed_attempts_run is 'run_timeline; a repeated record_failure finds its answer.';

create index failed_attempts_billed on agentpg.failed_attempts (failed_at) where details ? 'billed';
comment on index agentpg.failed_attempts_billed is 'What attempts without an answer cost since a day: agentpg.costs().';

create trigger failed_attempts_insert_only
  before update on agentpg.failed_attempts
  for each row execute function agentpg._refuse_change();
comment on trigger failed_attempts_insert_only on agentpg.failed_attempts is 'What went wrong is never rewritten.';

commit;
