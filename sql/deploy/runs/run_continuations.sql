-- Deploy agentpg:runs/run_continuations to pg
-- requires: runs/runs
begin;

create table agentpg.run_continuations (
  run_id uuid not null,
  number integer not null,
  stop_reason text,
  first_iteration integer not null,
  prompt_seq bigint,
  options jsonb,
  created_at timestamptz not null default agentpg.now(),
  constraint run_continuations_pk primary key (run_id, number),
  constraint run_continuations_run_fk foreign key (run_id) references agentpg.run_inputs (run_id),
  constraint run_continuations_number_positive check (number > 0),
  constraint run_continuations_iteration_positive check (first_iteration > 0),
  constraint run_continuations_options_is_object check (jsonb_typeof(options) = 'object')
);
comment on table agentpg.run_continuations is 'Insert-only: when a run that waited for input was continued, and with what.';
comment on column agentpg.run_continuations.stop_reason is 'Why it had stopped.';
comment on column agentpg.run_continuations.first_iteration is 'Number of the first model call after it.';
comment on column agentpg.run_continuations.prompt_seq is 'The user message that it went on with; null when it needed none.';
comment on column agentpg.run_continuations.options is 'The limits given with it; null for none.';

create trigger run_continuations_insert_only
  before update on agentpg.run_continuations
  for each row execute function agentpg._refuse_change();
comment on trigger run_continuations_insert_only on agentpg.run_continuations is 'What was said is never rewritten.';

commit;
