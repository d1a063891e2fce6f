-- Deploy agentpg:registry/agents to pg
-- requires: registry/prompt_prefixes
-- requires: core/uuid
-- requires: core/clock
begin;

create table agentpg.agents (
  id uuid not null default agentpg._uuid_v7(),
  name text not null,
  description text,
  model text not null,
  system_prompt text,
  max_tokens integer,
  temperature numeric,
  top_k integer,
  top_p numeric,
  tools text[] not null default '{}',
  agent_ids uuid[] not null default '{}',
  metadata jsonb not null default '{}',
  config jsonb not null default '{}',
  version integer not null default 1,
  prefix_id uuid,
  tenant_id text generated always as (metadata ->> 'tenant_id') stored,
  created_at timestamptz not null default agentpg.now(),
  updated_at timestamptz not null default agentpg.now(),
  deleted_at timestamptz,
  constraint agents_pk primary key (id),
  constraint agents_prefix_fk foreign key (prefix_id) references agentpg.prompt_prefixes (id),
  constraint agents_name_length check (length(name) between 1 and 255),
  constraint agents_model_not_empty check (model <> ''),
  constraint agents_max_tokens_positive check (max_tokens > 0),
  constraint agents_temperature_range check (temperature between 0 and 1),
  constraint agents_top_k_positive check (top_k > 0),
  constraint agents_top_p_range check (top_p > 0 and top_p <= 1),
  constraint agents_metadata_is_object check (jsonb_typeof(metadata) = 'object'),
  constraint agents_config_is_object check (jsonb_typeof(config) = 'object')
);
comment on table agentpg.agents is
  'Agent definitions. Editing one never changes a run that exists: runs point at a frozen prompt prefix.';
comment on column agentpg.agents.tools is 'Tool names in the order in which the model sees them; empty means none.';
comment on column agentpg.agents.agent_ids is 'Agents that this one may delegate to.';
comment on column agentpg.agents.version is 'Goes up by one with each change.';
comment on column agentpg.agents.prefix_id is
  'The prefix of a run without options, kept ready; null while a tool is unregistered. Internal.';
comment on column agentpg.agents.deleted_at is 'Set by delete_agent: existing runs go on, new ones are refused.';

-- Two 64-bit hashes stand for the metadata: equal values have equal hashes whatever their size or spelling,
-- and a btree could not hold a large object.
create unique index agents_name_metadata_unique on agentpg.agents
  (name, jsonb_hash_extended(metadata, 0), jsonb_hash_extended(metadata, 1))
  where deleted_at is null;
comment on index agentpg.agents_name_metadata_unique is
  'One living agent per name and metadata; find_agent and get_or_create_agent.';

create index agents_tools on agentpg.agents using gin (tools) where deleted_at is null;
comment on index agentpg.agents_tools is 'register_tools: the agents whose prefix a changed definition touches.';

create index agents_delegates on agentpg.agents using gin (agent_ids) where deleted_at is null and agent_ids <> '{}';
comment on index agentpg.agents_delegates is 'update_agent, delete_agent: the agents whose prefix names a changed delegate.';

create index agents_metadata on agentpg.agents using gin (metadata jsonb_path_ops);
comment on index agentpg.agents_metadata is 'list_agents by metadata containment.';

commit;
