-- Deploy agentpg:runs/queues to pg
-- requires: core/types
begin;

create table agentpg.queues (
  id integer generated always as identity,
  run_mode agentpg.run_mode not null,
  model text not null,
  paused_until timestamptz,
  pause_reason text,
  constraint queues_pk primary key (id),
  constraint queues_mode_model_unique unique (run_mode, model),
  constraint queues_pause_has_a_reason check ((paused_until is null) = (pause_reason is null))
);
comment on table agentpg.queues is
  'One short row per mode and model: claims walk the index of each queue that is not paused, so a paused or foreign backlog costs nothing.';
comment on column agentpg.queues.paused_until is 'No claims before this time (infinity: until resumed).';

commit;
