-- Deploy agentpg:runs/regenerate_run to pg
-- requires: runs/create_run
-- requires: runs/fork_session
-- requires: runs/leased_run
begin;

create table agentpg.regenerations (
  run_id uuid not null,
  of_run_id uuid not null,
  supersedes boolean not null,
  created_at timestamptz not null default agentpg.now(),
  constraint regenerations_pk primary key (run_id),
  constraint regenerations_run_fk foreign key (run_id) references agentpg.run_inputs (run_id),
  constraint regenerations_of_run_fk foreign key (of_run_id) references agentpg.run_inputs (run_id),
  constraint regenerations_another_run check (run_id <> of_run_id)
);
comment on table agentpg.regenerations is 'Insert-only: which run was made anew from which.';
comment on column agentpg.regenerations.supersedes is 'True when it took the other one''s place in the session; false when it stands on a fork.';

create index regenerations_of on agentpg.regenerations (of_run_id);
comment on index agentpg.regenerations_of is 'What a run was regenerated as.';

create unique index regenerations_superseded_once on agentpg.regenerations (of_run_id) where supersedes;
comment on index agentpg.regenerations_superseded_once is 'One run takes the place of another.';

create trigger regenerations_insert_only
  before update on agentpg.regenerations
  for each row execute function agentpg._refuse_change();
comment on trigger regenerations_insert_only on agentpg.regenerations is 'What took whose place is never rewritten.';

create function agentpg._check_regenerable(run agentpg.runs, run_id uuid)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_other_id uuid;
begin
  if run.id is null then
    perform agentpg._refuse('AP003', format('no run has id %s', coalesce(run_id::text, 'null')), null,
      jsonb_build_object('run_id', run_id));
  end if;
  select i.parent_run_id into v_other_id from agentpg.run_inputs i where i.run_id = run.id;
  if v_other_id is not null then
    perform agentpg._refuse('AP221', format('run %s answers a call of run %s, which has used the answer', run.id, v_other_id),
      'regenerate the run at the top of the tree', jsonb_build_object('run_id', run.id, 'parent_run_id', v_other_id));
  end if;
  select (i.options ->> 'compacts')::uuid into v_other_id from agentpg.run_inputs i where i.run_id = run.id;
  if v_other_id is not null then
    perform agentpg._refuse('AP221', format('run %s writes a summary of session %s', run.id, v_other_id), 'compact() has another one written',
      jsonb_build_object('run_id', run.id, 'session_id', v_other_id));
  end if;
  if run.finalized_at is null and run.state <> 'awaiting_input' then
    perform agentpg._refuse('AP220', format('run %s is %s; it has not ended', run.id, run.state), 'wait for it, or cancel it first',
      jsonb_build_object('run_id', run.id, 'session_id', run.session_id, 'state', run.state));
  end if;
  select g.run_id into v_other_id from agentpg.regenerations g where g.of_run_id = run.id and g.supersedes;
  if found then
    perform agentpg._refuse('AP222', format('run %s was regenerated as run %s', run.id, v_other_id), 'regenerate that one',
      jsonb_build_object('run_id', run.id, 'superseded_by', v_other_id));
  end if;
end
$$;
comment on function agentpg._check_regenerable(agentpg.runs, uuid) is 'AP003, AP220, AP221 or AP222 unless the run can be regenerated.';

create function agentpg._turn_of(run agentpg.runs)
returns table (first_seq bigint, last_seq bigint, is_last boolean)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run_id uuid;
begin
  select m.seq, m.run_id into last_seq, v_run_id
  from agentpg.messages m where m.session_id = run.session_id
  order by m.seq desc limit 1;
  if v_run_id = run.id then
    first_seq := lower(agentpg._turn_at(run.session_id, last_seq));
  else
    select min(m.seq), max(m.seq) into first_seq, last_seq
    from agentpg.messages m where m.session_id = run.session_id and m.run_id = run.id;
  end if;
  if first_seq is null then
    -- Cancelled while it was queued: its place is before the turns after it. Those before it may be deleted.
    select min(m.seq) - 1 into last_seq
    from agentpg.messages m
    join agentpg.run_inputs i on i.run_id = m.run_id
    where m.session_id = run.session_id
      and i.turn > (select e.turn from agentpg.run_inputs e where e.run_id = run.id);
    if last_seq is null then
      select coalesce(max(m.seq), s.forked_at_seq, 0) into last_seq
      from agentpg.sessions s
      left join agentpg.messages m on m.session_id = s.id
      where s.id = run.session_id
      group by s.id;
    end if;
    first_seq := last_seq + 1;
  end if;
  is_last := not exists (select from agentpg.messages m where m.session_id = run.session_id and m.seq > last_seq)
    and not exists (
      select from agentpg.runs o where o.session_id = run.session_id and o.finalized_at is null and not o.blocked and o.id <> run.id
    );
  return next;
end
$$;
comment on function agentpg._turn_of(agentpg.runs) is
  'The messages of a run, and whether nothing follows them; one that never had its turn has none, and last_seq comes before first_seq.';

create function agentpg.regenerate_run(run_id uuid, options jsonb default null)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_run agentpg.runs;
  v_input agentpg.run_inputs;
  v_turn record;
  v_session agentpg.sessions;
  v_options jsonb;
  v_id uuid;
begin
  if jsonb_typeof(regenerate_run.options) not in ('object', 'null') then
    perform agentpg._refuse('AP111', format('options must be a JSON object, not %s', jsonb_typeof(regenerate_run.options)));
  end if;
  v_run := agentpg._lock_run(regenerate_run.run_id);
  perform agentpg._check_regenerable(v_run, regenerate_run.run_id);
  select i.* into v_input from agentpg.run_inputs i where i.run_id = v_run.id;
  if v_run.state = 'awaiting_input' then
    v_run := agentpg._finalize_run(v_run, 'completed', v_run.stop_reason);
  end if;
  v_options := coalesce(v_input.options, '{}')
    || case when v_input.variables is null then '{}' else jsonb_build_object('variables', v_input.variables) end;
  if agentpg._option_time(v_options, 'deadline') <= agentpg.now() then
    v_options := v_options - 'deadline';
  end if;
  v_options := v_options || coalesce(nullif(regenerate_run.options, 'null'), '{}');

  select t.* into v_turn from agentpg._turn_of(v_run) t;
  select s.* into v_session from agentpg.sessions s where s.id = v_run.session_id;
  -- Its own messages, or those that it went on from, may be deleted.
  perform agentpg._check_not_archived(v_session,
    case when v_turn.last_seq < v_turn.first_seq and v_turn.last_seq <= v_session.archived_seq then 0 else v_turn.first_seq - 1 end);
  if not v_turn.is_last then
    v_session.id := agentpg._fork(v_session, v_turn.first_seq - 1, v_session.metadata);
  elsif v_turn.last_seq >= v_turn.first_seq then
    update agentpg.sessions s
    set superseded_seqs = coalesce(s.superseded_seqs, '{}') + int8multirange(int8range(v_turn.first_seq, v_turn.last_seq, '[]')),
      -- A summary that covers the turn would go on telling of it.
      compaction_id = agentpg._compaction_at(s.compaction_id, v_turn.first_seq - 1),
      thinking_from_seq = case when agentpg._compaction_at(s.compaction_id, v_turn.first_seq - 1) is distinct from s.compaction_id
        then v_turn.last_seq + 1 else s.thinking_from_seq end,
      -- It was the size with the turn, and with that summary.
      -- Less the turn, by what it is estimated at; under an earlier compaction all is measured anew.
      context_tokens = case when agentpg._compaction_at(s.compaction_id, v_turn.first_seq - 1) is not distinct from s.compaction_id then greatest(0, s.context_tokens - (
        select sum(agentpg._estimated_tokens(m.content)) from agentpg.messages m where m.session_id = s.id and m.seq between v_turn.first_seq and v_turn.last_seq
      )) end
    where s.id = v_session.id;
  end if;
  v_id := agentpg.create_run(
    session_id => v_session.id, agent_id => v_input.agent_id, mode => v_input.run_mode, options => v_options,
    content => agentpg.whole_content(v_input.content), priority => v_run.priority::integer
  );
  insert into agentpg.regenerations (run_id, of_run_id, supersedes) values (v_id, v_run.id, v_turn.is_last);
  return v_id;
end
$$;
comment on function agentpg.regenerate_run(uuid, jsonb) is
  'Runs an ended run again, with the same agent, content, variables and options (those given here go before; a deadline that has passed is left out), and returns the id of the new run. The last turn of a session is superseded: its messages stay but no request shows them any more. An earlier run is regenerated on a fork of the session that ends before it: the new run says in which session. A run that waits for input is completed first. What was superseded is refused, and the refusal names the run that took its place. Errors: AP003, AP111, AP220, AP221, AP222 and those of create_run.';

commit;
