-- Deploy agentpg:registry/tools to pg
-- requires: core/clock
begin;

create table agentpg.tools (
  name text not null,
  definition jsonb not null,
  max_attempts integer,
  timeout interval,
  retry_jitter numeric,
  approval text,
  updated_at timestamptz not null default agentpg.now(),
  unoffered_since timestamptz,
  constraint tools_pk primary key (name),
  constraint tools_name_valid check (name ~ '^[a-zA-Z0-9_-]{1,64}$'),
  constraint tools_definition_is_object check (jsonb_typeof(definition) = 'object'),
  constraint tools_schema_is_object check (coalesce(definition #>> '{input_schema,type}', '') = 'object'),
  constraint tools_max_attempts_positive check (max_attempts > 0),
  constraint tools_timeout_positive check (timeout > '0'),
  constraint tools_approval_valid check (approval = 'always' or approval like '%(%)'),
  constraint tools_jitter_is_a_share check (retry_jitter between 0 and 1)
);
comment on table agentpg.tools is
  'Tool definitions as the API takes them, and their retry policy (null: the default in settings). The last registration of a name wins; runs keep the definition they were created with.';
comment on column agentpg.tools.definition is 'The entry of the request''s tools array.';
comment on column agentpg.tools.approval is
  'When a call waits for a person: null never, always, or what the function of this signature says. Read when the model makes the call.';
comment on column agentpg.tools.unoffered_since is
  'Since when maintenance has seen calls wait for it while no live instance offered it; null once one does. The time limit of such calls counts from here.';

commit;
