-- Deploy agentpg:conversation/messages to pg
-- requires: conversation/sessions
-- requires: core/types
-- requires: core/state_machine
begin;

create table agentpg.messages (
  session_id uuid not null,
  seq bigint not null,
  role agentpg.message_role not null,
  content jsonb not null,
  run_id uuid,
  iteration_id uuid,
  tenant_id text,
  created_at timestamptz not null default agentpg.now(),
  constraint messages_pk primary key (session_id, seq),
  constraint messages_session_fk foreign key (session_id) references agentpg.sessions (id),
  constraint messages_seq_positive check (seq > 0),
  constraint messages_content_is_blocks check (jsonb_typeof(content) = 'array' and content <> '[]')
);
comment on table agentpg.messages is
  'Insert-only transcript. Order is seq, gapless per session; content is the API''s own array of blocks, kept as it came.';
comment on column agentpg.messages.iteration_id is
  'The model call that wrote an assistant message, or whose tool calls a user message answers.';

create index messages_marked on agentpg.messages (session_id)
  where content @? '$[*].cache_control' or content @? '$[*].content[*].cache_control';
comment on index agentpg.messages_marked is 'Has a user set cache marks in this session? Mostly empty.';

create trigger messages_insert_only
  before update on agentpg.messages
  for each row execute function agentpg._refuse_change();
comment on trigger messages_insert_only on agentpg.messages is 'A transcript is never rewritten.';

commit;
