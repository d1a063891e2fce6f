-- Deploy agentpg:runs/output_repairs to pg
-- requires: runs/runs
begin;

create table agentpg.output_repairs (
  run_id uuid not null,
  iteration_number integer not null,
  reason text not null,
  prompt_seq bigint,
  created_at timestamptz not null default agentpg.now(),
  constraint output_repairs_pk primary key (run_id, iteration_number),
  constraint output_repairs_run_fk foreign key (run_id) references agentpg.run_inputs (run_id),
  constraint output_repairs_iteration_positive check (iteration_number > 0),
  constraint output_repairs_reason_known check (reason in ('truncated', 'refused', 'not_json')),
  constraint output_repairs_told_if_not_json check ((prompt_seq is not null) = (reason = 'not_json'))
);
comment on table agentpg.output_repairs is
  'Insert-only: answers that do not fit the output schema of their run, after which the model was asked again.';
comment on column agentpg.output_repairs.iteration_number is 'The model call whose answer was no good.';
comment on column agentpg.output_repairs.reason is
  'truncated: cut at max_tokens, asked again with more room; refused: asked again as it was; not_json: the model was told. Only the last of these answers is in the transcript; the others are in iterations.response.';
comment on column agentpg.output_repairs.prompt_seq is 'The user message that says what is wrong.';

create trigger output_repairs_insert_only
  before update on agentpg.output_repairs
  for each row execute function agentpg._refuse_change();
comment on trigger output_repairs_insert_only on agentpg.output_repairs is 'What was asked again is never rewritten.';

commit;
