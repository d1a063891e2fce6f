-- Deploy agentpg:runs/continue_run to pg
-- requires: runs/run_continuations
-- requires: runs/check_options
-- requires: runs/leased_run
-- requires: runs/set_budget
-- requires: runs/next_iteration
begin;

create function agentpg._check_limits(options jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_known constant text[] := array['max_iterations', 'max_continuations', 'max_tokens', 'max_cost_usd', 'deadline'];
  v_unknown text;
begin
  if options is null or options = 'null' then
    return null;
  end if;
  if jsonb_typeof(options) <> 'object' then
    perform agentpg._refuse('AP111', format('options must be a JSON object, not %s', jsonb_typeof(options)));
  end if;
  v_unknown := agentpg._unknown_keys(options, v_known);
  if v_unknown is not null then
    perform agentpg._refuse('AP101', format('these options cannot change when a run is continued: %s', v_unknown),
      agentpg._name_hint(v_unknown, v_known, 'limits') || '; for anything else regenerate the run');
  end if;
  options := jsonb_strip_nulls(options);
  perform agentpg._check_limit_values(options);
  if agentpg._option_time(options, 'deadline') <= agentpg.now() then
    perform agentpg._refuse('AP111', format('option deadline lies in the past: %s', options ->> 'deadline'),
      format('it is %s by the clock of the database', agentpg.now()));
  end if;
  return nullif(options, '{}');
end
$$;
comment on function agentpg._check_limits(jsonb) is 'The limits that a run may be continued with, null for none; or AP101, AP108, AP111.';

create function agentpg._count_anew(run agentpg.runs, options jsonb)
returns agentpg.runs
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_max_iterations integer;
begin
  run.deadline_at := coalesce(agentpg._option_time(options, 'deadline'), run.deadline_at);
  if run.deadline_at <= agentpg.now() then
    perform agentpg._refuse('AP111', format('the deadline of run %s has passed', run.id),
      'give a new one: options => ''{"deadline": "..."}''', jsonb_build_object('run_id', run.id));
  end if;
  -- A model call that a budget did not allow was never made: its number is still free.
  if exists (select from agentpg.iterations t where t.run_id = run.id and t.number = run.iteration_number) then
    run.iteration_number := run.iteration_number + 1;
  end if;
  if run.iteration_number > 65535 then
    perform agentpg._refuse('AP108', format('run %s has made 65,535 model calls; there can be no more', run.id),
      'start another run of its session', jsonb_build_object('run_id', run.id, 'session_id', run.session_id));
  end if;
  select i.max_iterations into v_max_iterations from agentpg.run_inputs i where i.run_id = run.id;
  run.iteration_limit := least(run.iteration_number - 1 + coalesce((options ->> 'max_iterations')::integer, v_max_iterations), 65535);
  run.continuation_limit := coalesce((options ->> 'max_continuations')::smallint, run.continuation_limit);
  run.continuations := 0;
  return run;
end
$$;
comment on function agentpg._count_anew(agentpg.runs, jsonb) is
  'The run with the number of its next model call and the limits that hold once it is continued: those given, else those of its input.';

create function agentpg._needs_prompt(run agentpg.runs)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select m.role = 'assistant' and coalesce((
      select t.stop_reason not in ('pause_turn', 'compaction')
      from agentpg.iterations t
      where t.run_id = run.id and t.trigger_type <> 'compaction'
      order by t.number desc limit 1
    ), true)
    from agentpg.messages m
    where m.session_id = run.session_id
    order by m.seq desc limit 1
  );
end
$$;
comment on function agentpg._needs_prompt(agentpg.runs) is
  'Whether the transcript ends with an answer that the API does not go on from: current models refuse a request that ends with the assistant, unless its turn was paused.';

create function agentpg.continue_run(
  run_id uuid,
  prompt text default null,
  content jsonb default null,
  options jsonb default null
)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := agentpg.now();
  v_run agentpg.runs;
  v_content jsonb;
  v_options jsonb := agentpg._check_limits(options);
  v_seq bigint;
begin
  if prompt is not null or content is not null then
    v_content := agentpg._check_prompt(prompt, content);
  end if;
  v_run := agentpg._lock_run(run_id);
  if v_run.id is null then
    perform agentpg._refuse('AP003', format('no run has id %s', coalesce(run_id::text, 'null')), null,
      jsonb_build_object('run_id', run_id));
  elsif v_run.state <> 'awaiting_input' then
    perform agentpg._refuse('AP223', format('run %s is %s; it does not wait for input', v_run.id, v_run.state),
      case when v_run.finalized_at is null then 'agentpg.why_waiting() says what it waits for'
        else 'start another run of its session, or regenerate this one' end,
      jsonb_build_object('run_id', v_run.id, 'session_id', v_run.session_id, 'state', v_run.state));
  end if;
  v_run := agentpg._count_anew(v_run, v_options);
  if v_options is not null then
    perform agentpg._raise_limits(v_run, v_options);
  end if;
  if v_content is null and agentpg._needs_prompt(v_run) then
    select jsonb_build_array(jsonb_build_object('type', 'text', 'text', s.continue_prompt)) into v_content
    from agentpg.settings s;
  end if;
  if v_content is not null then
    v_seq := agentpg._append_message(v_run.session_id, 'user', v_content, v_run.id, null, v_run.tenant_id);
  end if;
  insert into agentpg.run_continuations (run_id, number, stop_reason, first_iteration, prompt_seq, options, created_at)
  values (
    v_run.id, 1 + coalesce((select max(c.number) from agentpg.run_continuations c where c.run_id = v_run.id), 0),
    v_run.stop_reason, v_run.iteration_number, v_seq, v_options, v_now
  );
  -- Changed, not only locked: see create_run.
  update agentpg.sessions s set updated_at = v_now where s.id = v_run.session_id;
  update agentpg.runs r
  set state = 'pending', previous_state = r.state, iteration_id = agentpg._iteration_id(r.id, v_run.iteration_number),
    iteration_number = v_run.iteration_number, attempt = 0, rescue_attempts = 0, available_at = v_now, stop_reason = null,
    queue_id = agentpg._next_queue(r), deadline_at = v_run.deadline_at, continuations = v_run.continuations,
    iteration_limit = v_run.iteration_limit, continuation_limit = v_run.continuation_limit,
    context_tokens = r.context_tokens + case when v_content is null then 0 else agentpg._estimated_tokens(v_content) end
  where r.id = v_run.id
  returning r.* into v_run;
  v_run := agentpg._fit_context(v_run, 'automatic');
  perform agentpg._announce_state(v_run);
  perform agentpg._emit(v_run, 'run_continued');
  return v_run.id;
end
$$;
comment on function agentpg.continue_run(uuid, text, jsonb, jsonb) is
  'Sends a run that waits for input on and returns its id. prompt or content is what the user says to it; with neither, the setting continue_prompt is said where the API could not go on otherwise. max_iterations and max_continuations count anew, or take the values in options; max_tokens and max_cost_usd there replace those of the run and count from its start; a new deadline is needed once the old one has passed. Errors: AP003, AP100, AP101, AP103, AP105, AP108, AP111, AP223.';

commit;
