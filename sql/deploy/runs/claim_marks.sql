-- Deploy agentpg:runs/claim_marks to pg
-- requires: runs/runs
begin;

-- While somebody keeps an old snapshot, entries of runs that were claimed cannot leave the index of claims, and whoever
-- began at its front would pass over all of them. So claims begin at a mark behind which nothing waits. Marks are rows that
-- are inserted, never changed, and read from the newest: their own dead rows are never passed over either.
create table agentpg.claim_marks (
  queue_id integer not null,
  priority smallint not null,
  id bigint generated always as identity,
  ready_from timestamptz not null default '-infinity',
  ready_id uuid not null default '00000000-0000-0000-0000-000000000000',
  next_from timestamptz,
  next_id uuid,
  next_xid xid8,
  then_from timestamptz,
  then_id uuid,
  made_at timestamptz not null default agentpg.now(),
  constraint claim_marks_pk primary key (queue_id, priority, id),
  constraint claim_marks_queue_fk foreign key (queue_id) references agentpg.queues (id) on delete cascade,
  constraint claim_marks_next_is_whole check (num_nonnulls(next_from, next_id, next_xid) in (0, 3)),
  constraint claim_marks_then_is_whole check ((then_from is null) = (then_id is null))
);
comment on table agentpg.claim_marks is
  'Insert-only: for each queue and each priority that a run of it ever had, from where claims look. The row with the highest id counts; older ones are deleted.';
comment on column agentpg.claim_marks.ready_from is 'With ready_id: no run of the queue and priority is ready with an earlier ready_at, or id at that time, but for those that _look_back finds.';
comment on column agentpg.claim_marks.next_from is 'What ready_from becomes when every transaction that is older than next_xid has ended, unless one of them left a run behind it.';
comment on column agentpg.claim_marks.then_from is 'What next_from becomes after that. What is made ready from now on is made ready behind it.';

create trigger claim_marks_insert_only
  before update on agentpg.claim_marks
  for each row execute function agentpg._refuse_change();
comment on trigger claim_marks_insert_only on agentpg.claim_marks is 'Changed rows would leave dead ones where claims look.';

create function agentpg._open_first_level()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into agentpg.claim_marks (queue_id, priority) values (new.id, 0);
  return null;
end
$$;
comment on function agentpg._open_first_level() is 'Trigger: most runs have priority 0.';

create trigger queues_open_first_level
  after insert on agentpg.queues
  for each row execute function agentpg._open_first_level();
comment on trigger queues_open_first_level on agentpg.queues is 'Claims look at the levels that have a mark.';

create function agentpg._open_level()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
begin
  -- Two at once may both do it; neither waits.
  if not exists (select from agentpg.claim_marks m where m.queue_id = new.queue_id and m.priority = new.priority) then
    insert into agentpg.claim_marks (queue_id, priority) values (new.queue_id, new.priority);
  end if;
  return new;
end
$$;
comment on function agentpg._open_level() is 'Trigger: the first run of a queue with this priority.';

create trigger runs_open_level
  before insert or update of queue_id, priority on agentpg.runs
  for each row when (new.priority <> 0)
  execute function agentpg._open_level();
comment on trigger runs_open_level on agentpg.runs is 'Claims look at the levels that have a mark.';

create function agentpg._newest_mark(queue_id integer, priority integer)
returns agentpg.claim_marks
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_mark agentpg.claim_marks;
begin
  select m.* into v_mark
  from agentpg.claim_marks m
  where m.queue_id = _newest_mark.queue_id and m.priority = _newest_mark.priority
  order by m.id desc
  limit 1;
  return v_mark;
end
$$;
comment on function agentpg._newest_mark(integer, integer) is 'The mark that counts.';

create function agentpg._stay_in_sight()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_mark agentpg.claim_marks;
begin
  -- With an id first: a mark then waits for the end of this transaction, or what is read here is behind it.
  perform pg_current_xact_id();
  v_mark := agentpg._newest_mark(new.queue_id, new.priority);
  -- The last of the three is the furthest, or one that moved back for a run that came.
  if (new.available_at, new.id) < (v_mark.then_from, v_mark.then_id) then
    new.available_at := v_mark.then_from + interval '1 microsecond';
  end if;
  if (new.available_at, new.id) < (v_mark.next_from, v_mark.next_id) then
    new.available_at := v_mark.next_from + interval '1 microsecond';
  end if;
  if (new.available_at, new.id) < (v_mark.ready_from, v_mark.ready_id) then
    new.available_at := v_mark.ready_from + interval '1 microsecond';
  end if;
  return new;
end
$$;
comment on function agentpg._stay_in_sight() is
  'Trigger: a run that comes back to its queue from long ago comes back at the front, where claims look, and not behind their mark.';

create trigger runs_stay_in_sight
  before update on agentpg.runs
  for each row when (
    new.state = 'pending' and not new.blocked
    and (old.ready_at is null or new.available_at < old.ready_at or new.queue_id <> old.queue_id or new.priority <> old.priority)
  )
  execute function agentpg._stay_in_sight();
comment on trigger runs_stay_in_sight on agentpg.runs is 'Whatever makes a run ready again, claims find it.';

commit;
