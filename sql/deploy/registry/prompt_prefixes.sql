-- Deploy agentpg:registry/prompt_prefixes to pg
-- requires: core/state_machine
begin;

create table agentpg.prompt_prefixes (
  id uuid not null,
  model text not null,
  body jsonb not null,
  tool_names text[] not null,
  delegates jsonb not null default '{}',
  tenant_id text,
  output_repairs smallint,
  constraint prompt_prefixes_pk primary key (id),
  constraint prompt_prefixes_body_is_object check (jsonb_typeof(body) = 'object'),
  constraint prompt_prefixes_body_has_no_messages check (not body ? 'messages'),
  constraint prompt_prefixes_delegates_is_object check (jsonb_typeof(delegates) = 'object'),
  constraint prompt_prefixes_repairs_only_with_a_schema check (
    (output_repairs is null) = (body #>> '{output_config,format,type}' is distinct from 'json_schema')
  ),
  constraint prompt_prefixes_repairs_not_negative check (output_repairs >= 0)
);
comment on table agentpg.prompt_prefixes is
  'Insert-only. Everything of a request but its messages, frozen: model, parameters, system text, tools in order, delegates. Equal content has one row, so equal prefixes are byte-equal.';
comment on column agentpg.prompt_prefixes.id is 'First 128 bits of the SHA-256 of the content, delegates and tenant.';
comment on column agentpg.prompt_prefixes.delegates is 'Tool name to agent id, bound when the prefix was made.';
comment on column agentpg.prompt_prefixes.output_repairs is
  'How often a run may be asked again for an answer that fits its output schema; null where there is no schema.';

create trigger prompt_prefixes_insert_only
  before update on agentpg.prompt_prefixes
  for each row execute function agentpg._refuse_change();
comment on trigger prompt_prefixes_insert_only on agentpg.prompt_prefixes is 'A frozen prefix is never rewritten.';

commit;
