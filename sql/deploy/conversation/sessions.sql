-- Deploy agentpg:conversation/sessions to pg
-- requires: core/uuid
-- requires: core/clock
begin;

create table agentpg.sessions (
  id uuid not null default agentpg._uuid_v7(),
  parent_session_id uuid,
  depth integer not null default 0,
  metadata jsonb not null default '{}',
  compaction_count integer not null default 0,
  tenant_id text generated always as (metadata ->> 'tenant_id') stored,
  created_at timestamptz not null default agentpg.now(),
  updated_at timestamptz not null default agentpg.now(),
  constraint sessions_pk primary key (id),
  constraint sessions_parent_fk foreign key (parent_session_id) references agentpg.sessions (id),
  constraint sessions_depth_matches_parent check ((depth = 0) = (parent_session_id is null)),
  constraint sessions_not_own_parent check (parent_session_id <> id),
  constraint sessions_metadata_is_object check (jsonb_typeof(metadata) = 'object')
);
comment on table agentpg.sessions is
  'Conversations. The row is the lock under which a session''s runs queue and its transcript grows.';
comment on column agentpg.sessions.tenant_id is 'metadata->>''tenant_id'' as a column, for row-level security.';

create index sessions_parent on agentpg.sessions (parent_session_id) where parent_session_id is not null;
comment on index agentpg.sessions_parent is 'Child sessions: tree views, deletion.';

create index sessions_metadata on agentpg.sessions using gin (metadata jsonb_path_ops);
comment on index agentpg.sessions_metadata is 'list_sessions by metadata containment.';

commit;
