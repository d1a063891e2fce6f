-- Deploy agentpg:runs/create_run to pg
-- requires: runs/new_run
-- requires: runs/queue_id
-- requires: runs/announce
-- requires: events/run_streams
-- requires: runs/make_way
-- requires: runs/claim_marks
-- requires: conversation/append_message
begin;

create function agentpg.create_run(
  session_id uuid,
  agent_id uuid,
  prompt text default null,
  mode agentpg.run_mode default 'streaming',
  options jsonb default '{}',
  content jsonb default null,
  variables jsonb default '{}',
  idempotency_key text default null,
  priority integer default 0,
  scheduled_at timestamptz default null
)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz;
  v_agent agentpg.agents;
  v_settings agentpg.settings;
  v_input agentpg.run_inputs;
  v_run agentpg.runs;
  v_options jsonb;
  v_prefix_id uuid;
  v_content jsonb;
  v_variables jsonb;
  v_hash bigint;
  v_session agentpg.sessions;
begin
  -- The id of the transaction before the time: a mark of claims that does not wait for it is of an earlier time.
  perform pg_current_xact_id();
  v_now := agentpg.now();
  v_content := agentpg._check_prompt(create_run.prompt, create_run.content);
  perform agentpg._check_place(create_run.mode, create_run.priority, create_run.idempotency_key, create_run.scheduled_at);
  v_agent := agentpg.get_agent(create_run.agent_id);
  v_options := agentpg._check_options(create_run.options, v_agent);
  v_variables := agentpg._check_variables(create_run.variables, v_options);
  v_options := v_options - 'variables';
  v_hash := agentpg._request_hash(v_agent.id, create_run.mode, v_content, v_variables, v_options);

  -- The session row is the lock under which runs queue; every function takes it before the run's.
  -- It is changed, not only locked, so that a caller with an older snapshot gets 40001 and not a stale queue.
  update agentpg.sessions s set updated_at = v_now
  where s.id = create_run.session_id
  returning s.* into v_session;
  if not found then
    perform agentpg._refuse('AP002', format('no session has id %s', coalesce(create_run.session_id::text, 'null')),
      'create one with agentpg.create_session()', jsonb_build_object('session_id', create_run.session_id));
  end if;
  if create_run.idempotency_key is not null then
    v_run.id := agentpg._repeated_run(v_session.tenant_id, create_run.idempotency_key, v_hash);
    if v_run.id is not null then
      return v_run.id;
    end if;
  end if;
  v_prefix_id := agentpg._prefix_of_run(v_agent, v_options, v_now);
  perform agentpg._check_mode(create_run.mode, v_options, p.body), agentpg._check_marks(p.body, v_content) from agentpg.prompt_prefixes p where p.id = v_prefix_id;

  select s.* into v_settings from agentpg.settings s;
  v_content := agentpg._put_aside(v_content, create_run.session_id, v_session.tenant_id);
  insert into agentpg.run_inputs as i (
    run_id, session_id, turn, agent_id, run_mode, content, variables, options, idempotency_key, request_hash,
    max_iterations, max_continuations, scheduled_at, tenant_id, created_at
  )
  values (
    agentpg._new_run_id(), create_run.session_id,
    1 + coalesce((select max(p.turn) from agentpg.run_inputs p where p.session_id = create_run.session_id), 0),
    v_agent.id, create_run.mode, v_content, v_variables, nullif(v_options, '{}'),
    create_run.idempotency_key, v_hash,
    agentpg._run_limit('max_iterations', v_options, v_agent.config, v_settings.max_iterations),
    agentpg._run_limit('max_continuations', v_options, v_agent.config, v_settings.max_continuations),
    create_run.scheduled_at, v_session.tenant_id, v_now
  )
  on conflict ((coalesce(tenant_id, '')), idempotency_key) where idempotency_key is not null do nothing
  returning i.* into v_input;
  if v_input.run_id is null then
    -- The same key was used in another session a moment ago.
    v_run.id := agentpg._repeated_run(v_session.tenant_id, create_run.idempotency_key, v_hash);
    if v_run.id is null then
      raise exception using errcode = 'serialization_failure',
        message = 'the idempotency key was used by a transaction that this one cannot see', hint = 'repeat the transaction';
    end if;
    return v_run.id;
  end if;
  perform agentpg._make_way(create_run.session_id, coalesce(v_options ->> 'on_busy', v_session.on_busy));

  insert into agentpg.runs as r (id, session_id, iteration_id, prefix_id, available_at, queue_id, priority, blocked, deadline_at, stream_at, budget_ids, tenant_id, events,
    context_tokens, compact_above)
  values (
    v_input.run_id, create_run.session_id, agentpg._iteration_id(v_input.run_id, 1), v_prefix_id,
    greatest(create_run.scheduled_at, v_now),
    agentpg._queue_id(create_run.mode, coalesce(v_options ->> 'model', v_agent.model)),
    create_run.priority,
    exists (select from agentpg.runs a where a.session_id = create_run.session_id and a.finalized_at is null and not a.blocked),
    agentpg._option_time(v_options, 'deadline'),
    agentpg._option_time(v_options, 'stream_from'),
    agentpg._budgets_for(v_input.run_id, create_run.session_id, v_session.tenant_id, coalesce(v_options ->> 'model', v_agent.model), v_options),
    v_session.tenant_id,
    agentpg._wants_events(v_options, v_agent.config),
    coalesce(v_session.context_tokens, 0) + agentpg._estimated_tokens(v_content),
    agentpg._compact_above(v_agent.config, v_session.compaction, v_options, coalesce(v_options ->> 'model', v_agent.model))
  )
  returning r.* into v_run;
  if v_run.events then
    perform agentpg._open_streams(array[v_run.id]);
  end if;
  if not v_run.blocked then
    perform agentpg._append_message(v_run.session_id, 'user', v_content, v_run.id, null, v_session.tenant_id);
    if v_input.turn > 1 or v_session.forked_at_seq is not null then
      perform agentpg._begin_turn(v_run, v_session.context_tokens is null);
    end if;
  end if;
  return v_run.id;
end
$$;
comment on function agentpg.create_run(uuid, uuid, text, agentpg.run_mode, jsonb, jsonb, jsonb, text, integer, timestamptz) is
  'Starts a run in the caller''s transaction and returns its id; workers see it when that commits. Give prompt or content (an array of blocks). Runs of one session go one after another in the order of this call, unless on_busy of the session, or of options, is reject or interrupt. Higher priority (-10 to 10) goes first between sessions; scheduled_at is the earliest start. The same idempotency_key and request again, in whatever session of the tenant, returns the same run. Errors: AP001, AP002, AP006, AP008, AP011, AP100 to AP105, AP108, AP110, AP111, AP114, AP224, AP254 to AP256.';

commit;
