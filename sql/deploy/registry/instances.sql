-- Deploy agentpg:registry/instances to pg
-- requires: registry/tools
-- requires: core/uuid
begin;

create table agentpg.instances (
  id uuid not null default agentpg._uuid_v7(),
  name text not null,
  hostname text,
  pid integer,
  version text,
  max_concurrent_runs integer not null,
  max_concurrent_tools integer not null,
  max_concurrent_batches integer not null default 0,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default agentpg.now(),
  last_heartbeat_at timestamptz not null default agentpg.now(),
  fenced_at timestamptz,
  constraint instances_pk primary key (id),
  constraint instances_name_length check (length(name) between 1 and 255),
  constraint instances_capacity_not_negative check (
    max_concurrent_runs >= 0 and max_concurrent_tools >= 0 and max_concurrent_batches >= 0
  ),
  constraint instances_metadata_is_object check (jsonb_typeof(metadata) = 'object')
);
comment on table agentpg.instances is
  'Live workers. The id is one incarnation: a process that registers again gets a new one.';
comment on column agentpg.instances.fenced_at is 'Set when a newer incarnation of the same name took over.';

create index instances_name on agentpg.instances (name) where fenced_at is null;
comment on index agentpg.instances_name is 'Older incarnations of an exclusive name.';

create table agentpg.instance_tools (
  instance_id uuid not null,
  tool_name text not null,
  constraint instance_tools_pk primary key (instance_id, tool_name),
  constraint instance_tools_instance_fk foreign key (instance_id) references agentpg.instances (id) on delete cascade,
  constraint instance_tools_tool_fk foreign key (tool_name) references agentpg.tools (name)
);
comment on table agentpg.instance_tools is 'Which instance can execute which tool.';

create index instance_tools_tool on agentpg.instance_tools (tool_name);
comment on index agentpg.instance_tools_tool is 'Who offers a tool: why_waiting, unserved tools.';

commit;
