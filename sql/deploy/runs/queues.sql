-- Deploy agentpg:runs/queues to pg
-- requires: core/types
begin;

create table agentpg.queues (
  id integer generated always as identity,
  run_mode agentpg.run_mode not null,
  model text not null,
  paused_until timestamptz,
  pause_reason text,
  spread_until timestamptz,
  next_claim_at timestamptz,
  parked_at timestamptz,
  parked_reason text,
  resumed_at timestamptz,
  constraint queues_pk primary key (id),
  constraint queues_mode_model_unique unique (run_mode, model),
  constraint queues_pause_is_whole check (num_nonnulls(paused_until, pause_reason, spread_until, next_claim_at) in (0, 4)),
  constraint queues_spread_follows_pause check (spread_until >= paused_until),
  constraint queues_parking_has_a_reason check ((parked_at is null) = (parked_reason is null))
);
comment on table agentpg.queues is
  'One short row per mode and model: claims walk the index of each queue that is not paused, so a paused or foreign backlog costs nothing.';
comment on column agentpg.queues.paused_until is 'No claims before this time: the API asked for a pause.';
comment on column agentpg.queues.spread_until is 'Until this time claims are spread out, so that the fleet does not return all at once.';
comment on column agentpg.queues.next_claim_at is 'While claims are spread out: the time from which the next ones are earned.';
comment on column agentpg.queues.parked_at is 'No claims until agentpg.resume_parked(): a person must mend the key, the bill or the permission first.';
comment on column agentpg.queues.resumed_at is 'When it was last resumed: a refusal of a call begun before does not park it again.';

commit;
