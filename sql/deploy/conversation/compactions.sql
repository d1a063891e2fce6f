-- Deploy agentpg:conversation/compactions to pg
-- requires: conversation/messages
-- requires: core/state_machine
begin;

create table agentpg.compactions (
  id uuid not null default agentpg._uuid_v7(),
  session_id uuid not null,
  base_id uuid,
  cut_seq bigint not null,
  placeholder_seqs int8multirange,
  superseded_seqs int8multirange,
  state agentpg.compaction_state not null,
  cause text not null,
  strategy text not null,
  config jsonb not null,
  prefix_id uuid,
  run_id uuid,
  summarized_seq bigint not null,
  chunk_seq bigint not null,
  summary text,
  summary_calls integer not null default 0,
  model text,
  original_tokens integer not null,
  compacted_tokens integer not null,
  messages_removed bigint not null,
  error_type text,
  error_message text,
  tenant_id text,
  created_at timestamptz not null default agentpg.now(),
  closed_at timestamptz,
  restored_at timestamptz,
  constraint compactions_pk primary key (id),
  constraint compactions_session_fk foreign key (session_id) references agentpg.sessions (id),
  constraint compactions_base_fk foreign key (base_id) references agentpg.compactions (id),
  constraint compactions_not_own_base check (base_id <> id),
  constraint compactions_cause_known check (cause in ('automatic', 'overflow', 'manual')),
  constraint compactions_cut_not_negative check (cut_seq >= 0),
  constraint compactions_summary_by_a_run check (state <> 'summarizing' or (run_id is not null and prefix_id is not null)),
  constraint compactions_summarized_in_order check (summarized_seq <= chunk_seq and chunk_seq <= cut_seq),
  constraint compactions_applied_is_summarized check (state not in ('ready', 'applied') or summarized_seq = cut_seq),
  constraint compactions_cut_has_a_summary check (cut_seq = 0 or summary is not null or state not in ('ready', 'applied')),
  constraint compactions_closed_iff_over check ((closed_at is not null) = (state in ('applied', 'failed', 'abandoned'))),
  constraint compactions_restored_was_applied check (restored_at is null or state = 'applied'),
  constraint compactions_tokens_not_negative check (original_tokens >= 0 and compacted_tokens >= 0 and messages_removed >= 0)
);
comment on table agentpg.compactions is
  'What shortens a context: from which message it starts, after which summary, and which tool results are shown as placeholders. Messages stay as they are.';
comment on column agentpg.compactions.base_id is 'The compaction that was in force before: restore_compaction goes back to it. Null: the context began with the first message.';
comment on column agentpg.compactions.cut_seq is 'The context begins after this message; 0: with the first.';
comment on column agentpg.compactions.placeholder_seqs is 'Messages after the cut whose tool results are shown as placeholders.';
comment on column agentpg.compactions.superseded_seqs is 'What was superseded up to the cut when it was planned: a change since abandons it.';
comment on column agentpg.compactions.cause is 'automatic: before a request above the trigger; overflow: the model''s window was full; manual: a call.';
comment on column agentpg.compactions.prefix_id is 'Model, limits and instructions of the calls that write the summary.';
comment on column agentpg.compactions.run_id is 'The run that makes the summary: the one that needs it, or one of its own in a session below.';
comment on column agentpg.compactions.summarized_seq is 'What summary covers so far. A long history takes several model calls, each rolling up the one before.';
comment on column agentpg.compactions.chunk_seq is 'Where the call under way ends.';
comment on column agentpg.compactions.original_tokens is 'Size of the context before: the usage of the last answer, and estimates of what came since.';
comment on column agentpg.compactions.compacted_tokens is 'Size after: estimated, the summary by the usage of its model call.';
comment on column agentpg.compactions.messages_removed is 'Messages that the summary stands for and that were shown before.';

alter table agentpg.sessions
  add constraint sessions_compaction_fk foreign key (compaction_id) references agentpg.compactions (id);

create index sessions_compaction on agentpg.sessions (compaction_id) where compaction_id is not null;
comment on index agentpg.sessions_compaction is 'Which sessions, forks among them, a compaction is in force for: deletion.';

create index compactions_session on agentpg.compactions (session_id, id);
comment on index agentpg.compactions_session is 'list_compactions; deletion of a session.';

create index compactions_base on agentpg.compactions (base_id) where base_id is not null;
comment on index agentpg.compactions_base is 'What goes on from a compaction: deletion.';

create unique index compactions_one_under_way on agentpg.compactions (session_id) where state in ('summarizing', 'ready');
comment on index agentpg.compactions_one_under_way is 'One compaction at a time per session.';

create trigger compactions_guard_state
  before update on agentpg.compactions
  for each row when (old.state is distinct from new.state)
  execute function agentpg._guard_state('compaction');
comment on trigger compactions_guard_state on agentpg.compactions is 'Only listed transitions.';

create trigger compactions_guard_context
  before update on agentpg.compactions
  for each row when (
    (old.session_id, old.cut_seq, old.placeholder_seqs) is distinct from (new.session_id, new.cut_seq, new.placeholder_seqs)
    or new.base_id <> old.base_id or (old.base_id is null and new.base_id is not null)
    or (old.state in ('ready', 'applied') and old.summary is distinct from new.summary)
  )
  execute function agentpg._refuse_change();
comment on trigger compactions_guard_context on agentpg.compactions is 'What a compaction shows is never rewritten. What it goes back to may be gone.';

create function agentpg._compaction_at(compaction_id uuid, at_seq bigint)
returns uuid
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_compaction agentpg.compactions;
begin
  while compaction_id is not null loop
    select c.* into v_compaction from agentpg.compactions c where c.id = compaction_id;
    if v_compaction.cut_seq <= at_seq then
      return compaction_id;
    end if;
    compaction_id := v_compaction.base_id;
  end loop;
  return null;
end
$$;
comment on function agentpg._compaction_at(uuid, bigint) is
  'The compaction, or the latest one before it, whose summary covers nothing after this message; null for none.';

commit;
