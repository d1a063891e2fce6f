-- Deploy agentpg:events/run_streams to pg
-- requires: runs/runs
-- requires: core/settings
begin;

create table agentpg.run_streams (
  root_run_id uuid not null,
  last_seq bigint not null default 0,
  trimmed_seq bigint not null default 0,
  watched_until timestamptz,
  ended_at timestamptz,
  trim_at timestamptz not null,
  constraint run_streams_pk primary key (root_run_id),
  constraint run_streams_root_fk foreign key (root_run_id) references agentpg.run_inputs (run_id) on delete cascade,
  constraint run_streams_seqs_not_negative check (last_seq >= 0 and trimmed_seq >= 0)
)
with (fillfactor = 50);
comment on table agentpg.run_streams is
  'The event stream of a tree of runs, under the id of the run at its top. Its row is the lock under which events get their seq, held to the commit: so no reader''s cursor passes one that is still to come. It is locked last of all.';
comment on column agentpg.run_streams.last_seq is 'Of the newest event; they are numbered from 1 without gaps, in the order of their commits.';
comment on column agentpg.run_streams.trimmed_seq is 'The newest event when the stream was last looked through for what may be forgotten.';
comment on column agentpg.run_streams.watched_until is 'While somebody watches, and for some seconds longer, new events are announced.';
comment on column agentpg.run_streams.ended_at is 'When the run at the top ended.';
comment on column agentpg.run_streams.trim_at is 'When to look next for events that may be forgotten.';

create index run_streams_trim on agentpg.run_streams (trim_at);
comment on index agentpg.run_streams_trim is 'Streams that are due to be looked through.';

create table agentpg.run_events (
  root_run_id uuid not null,
  seq bigint not null,
  run_id uuid not null,
  iteration_id uuid,
  tool_execution_id uuid,
  kind text not null,
  data jsonb,
  created_at timestamptz not null default agentpg.now(),
  constraint run_events_pk primary key (root_run_id, seq),
  constraint run_events_seq_positive check (seq > 0),
  constraint run_events_data_is_object check (jsonb_typeof(data) = 'object')
);
comment on table agentpg.run_events is
  'What happens to a tree of runs, for whoever watches it. Insert-only, and forgotten after a time: the transcript is the record.';
comment on column agentpg.run_events.kind is
  'text, thinking, gap and tool_progress come from the worker while it works; model_call_finished, model_call_failed, superseded, output_repaired, compaction_started, compaction_finished, compaction_failed, tool_started, tool_retried, tool_finished, approval_requested, approval_decided, run_started, run_waiting, run_continued and run_ended from the transaction in which it happens.';
comment on column agentpg.run_events.data is 'What nothing else keeps; read_events() adds what the transcript knows.';

create trigger run_events_insert_only
  before update on agentpg.run_events
  for each row execute function agentpg._refuse_change();
comment on trigger run_events_insert_only on agentpg.run_events is 'What was told is never rewritten.';

create function agentpg._wants_events(options jsonb, config jsonb)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce((options ->> 'events')::boolean, (config ->> 'events')::boolean, s.events) from agentpg.settings s
  );
end
$$;
comment on function agentpg._wants_events(jsonb, jsonb) is
  'Whether a run has an event stream: its option, else the agent''s config, else the setting.';

create function agentpg._open_streams(run_ids uuid[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into agentpg.run_streams (root_run_id, trim_at)
  select r.id, t.trim_at
  from (select agentpg.now() + s.event_delta_retention as trim_at from agentpg.settings s) t, unnest(run_ids) as r(id);
end
$$;
comment on function agentpg._open_streams(uuid[]) is 'Makes the event streams of runs that are each at the top of a tree.';

commit;
