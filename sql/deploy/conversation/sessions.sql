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
  on_busy text not null default 'enqueue',
  forked_from_session_id uuid,
  forked_at_seq bigint,
  superseded_seqs int8multirange,
  compaction jsonb,
  compaction_id uuid,
  compaction_ready boolean,
  thinking_from_seq bigint,
  context_tokens integer,
  removed_runs integer not null default 0,
  archived_seq bigint,
  constraint sessions_pk primary key (id),
  constraint sessions_parent_fk foreign key (parent_session_id) references agentpg.sessions (id),
  constraint sessions_depth_matches_parent check ((depth = 0) = (parent_session_id is null)),
  constraint sessions_not_own_parent check (parent_session_id <> id),
  constraint sessions_fork_fk foreign key (forked_from_session_id) references agentpg.sessions (id),
  constraint sessions_fork_is_whole check ((forked_from_session_id is null) = (forked_at_seq is null)),
  constraint sessions_fork_point_not_negative check (forked_at_seq >= 0),
  constraint sessions_on_busy_known check (on_busy in ('enqueue', 'reject', 'interrupt')),
  constraint sessions_superseded_is_something check (superseded_seqs <> '{}'),
  constraint sessions_compaction_is_object check (jsonb_typeof(compaction) = 'object'),
  constraint sessions_archived_seq_positive check (archived_seq > 0),
  constraint sessions_removed_runs_not_negative check (removed_runs >= 0),
  constraint sessions_metadata_is_object check (jsonb_typeof(metadata) = 'object')
);
comment on table agentpg.sessions is
  'Conversations. The row is the lock under which a session''s runs queue and its transcript grows.';
comment on column agentpg.sessions.tenant_id is 'metadata->>''tenant_id'' as a column, for row-level security.';
comment on column agentpg.sessions.on_busy is
  'What a new run does while another one of the session is active: enqueue waits behind it, reject is refused (AP224), interrupt cancels it and those that wait.';
comment on column agentpg.sessions.forked_from_session_id is 'The session whose messages up to forked_at_seq it goes on from.';
comment on column agentpg.sessions.forked_at_seq is 'The last inherited message; its own begin after it. Where they stand: agentpg.session_origins.';
comment on column agentpg.sessions.compaction is 'What differs from the compaction settings of the run''s agent for this session; null for nothing.';
comment on column agentpg.sessions.compaction_id is 'The compaction in force: from which message the context begins, after which summary. Null for none.';
comment on column agentpg.sessions.compaction_ready is 'True while a compaction waits to come into force when the active turn ends; null otherwise.';
comment on column agentpg.sessions.compaction_count is 'How often a compaction came into force.';
comment on column agentpg.sessions.thinking_from_seq is
  'Thinking in earlier messages is bound to a beginning, or a model, that the context no longer has: models that bind it are not shown it.';
comment on column agentpg.sessions.context_tokens is
  'Size of the context at the end of the last turn, by the usage of its last answer; null when it is not known.';
comment on column agentpg.sessions.archived_seq is 'The messages up to this one are deleted: a summary stands for them. Null: none is.';
comment on column agentpg.sessions.removed_runs is 'Runs that retention has deleted while the session lives; never the last one.';
comment on column agentpg.sessions.superseded_seqs is 'Messages of regenerated turns: kept, but in no request any more. Null when there are none.';

create index sessions_forks on agentpg.sessions (forked_from_session_id) where forked_from_session_id is not null;
comment on index agentpg.sessions_forks is 'Forks of a session: deletion.';

create index sessions_parent on agentpg.sessions (parent_session_id) where parent_session_id is not null;
comment on index agentpg.sessions_parent is 'Child sessions: tree views, deletion.';

create index sessions_metadata on agentpg.sessions using gin (metadata jsonb_path_ops);
comment on index agentpg.sessions_metadata is 'list_sessions by metadata containment.';

commit;
