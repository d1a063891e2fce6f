-- Deploy agentpg:runs/new_runs to pg
-- requires: runs/new_run
-- requires: runs/create_run
-- requires: runs/set_budget
begin;

create type agentpg._new_run as (
  item integer,
  run_id uuid,
  session_id uuid,
  content jsonb,
  variables jsonb,
  metadata jsonb,
  idempotency_key text,
  request_hash bigint,
  priority integer,
  scheduled_at timestamptz,
  alone boolean,
  created boolean
);
comment on type agentpg._new_run is
  'An item of create_runs, checked: session_id is null until a new session is made; alone, when create_run has to make it; created, false when a repeated key found a run.';

create function agentpg._refuse_item(item integer, sqlstate text, message text, hint text, detail text)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._refuse(sqlstate, format('item %s: %s', item, message), hint,
    jsonb_build_object('item', item) || case when detail = '' then '{}' else detail::jsonb end);
end
$$;
comment on function agentpg._refuse_item(integer, text, text, text, text) is 'A refusal, with the number of the item that it is about.';

create function agentpg._item_value(item jsonb, name text, kind text)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if jsonb_typeof(item -> name) not in (kind, 'null') then
    perform agentpg._refuse('AP100', format('%s must be a %s, not %s', name, kind, jsonb_typeof(item -> name)));
  end if;
  return item ->> name;
end
$$;
comment on function agentpg._item_value(jsonb, text, text) is 'A value of an item that is of this JSON type, null for none, or AP100.';

create function agentpg._new_run_of(
  item jsonb, place integer, new agentpg._new_run, agent_id uuid, mode agentpg.run_mode, options jsonb, at_once boolean
)
returns agentpg._new_run
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_known constant text[] := array['prompt', 'content', 'session_id', 'variables', 'metadata', 'idempotency_key', 'priority', 'scheduled_at'];
  v_unknown text;
  v_code text;
  v_message text;
  v_hint text;
  v_detail text;
begin
  new.item := place;
  if jsonb_typeof(item) <> 'object' then
    perform agentpg._refuse('AP100', format('it is no JSON object: %s', jsonb_typeof(item)), 'for example {"prompt": "Hello"}');
  elsif item - v_known <> '{}' then
    v_unknown := agentpg._unknown_keys(item, v_known);
    perform agentpg._refuse('AP100', format('unknown keys: %s', v_unknown), agentpg._name_hint(v_unknown, v_known, 'keys'));
  end if;
  new.content := agentpg._check_prompt(agentpg._item_value(item, 'prompt', 'string'), nullif(item -> 'content', 'null'));
  if item - array['prompt', 'content'] <> '{}' then
    new.session_id := agentpg._item_value(item, 'session_id', 'string');
    new.idempotency_key := agentpg._item_value(item, 'idempotency_key', 'string');
    new.priority := coalesce(agentpg._item_value(item, 'priority', 'number'), new.priority::text);
    new.scheduled_at := coalesce(agentpg._item_value(item, 'scheduled_at', 'string'), new.scheduled_at::text);
    perform agentpg._check_place(mode, new.priority, new.idempotency_key, new.scheduled_at);
    if item -> 'variables' <> 'null' then
      new.variables := agentpg._check_variables(item -> 'variables', jsonb_build_object('variables', coalesce(new.variables, '{}')));
    end if;
    if new.session_id is not null and item -> 'metadata' <> 'null' then
      perform agentpg._refuse('AP100', 'metadata is that of a new session, and the item names one that exists', 'leave out metadata or session_id');
    elsif item -> 'metadata' <> 'null' then
      new.metadata := agentpg._check_metadata(new.metadata || agentpg._check_metadata(item -> 'metadata'));
    end if;
  end if;
  new.request_hash := agentpg._request_hash(agent_id, mode, new.content, new.variables, options);
  -- What more than a few rows at once may come of is left to create_run.
  new.alone := not at_once or new.session_id is not null or pg_column_size(new.content) >= 8192
    or new.content @? 'strict $.**.cache_control';
  return new;
exception
  when others then
    get stacked diagnostics v_code = returned_sqlstate, v_message = message_text, v_hint = pg_exception_hint, v_detail = pg_exception_detail;
    if v_code like 'AP%' then
      perform agentpg._refuse_item(new.item, v_code, v_message, v_hint, v_detail);
    elsif v_code like '22%' then
      perform agentpg._refuse_item(new.item, 'AP100', v_message, null, '');
    end if;
    raise;
end
$$;
comment on function agentpg._new_run_of(jsonb, integer, agentpg._new_run, uuid, agentpg.run_mode, jsonb, boolean) is
  'An item of create_runs over what the call says for all, checked as create_run does.';

create function agentpg._insert_new_runs(
  news agentpg._new_run[], agent agentpg.agents, mode agentpg.run_mode, options jsonb, prefix_id uuid, at timestamptz
)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
as $$
#variable_conflict use_column
declare
  v_max_iterations integer;
  v_max_continuations integer;
  v_deadline_at timestamptz := agentpg._option_time(options, 'deadline');
  v_stream_at timestamptz := agentpg._option_time(options, 'stream_from');
  v_model text := coalesce(options ->> 'model', agent.model);
  v_queue_id integer := agentpg._queue_id(mode, v_model);
  v_events boolean := agentpg._wants_events(options, agent.config);
  v_compact_above integer := agentpg._compact_above(agent.config, null, options, v_model);
  v_ids uuid[];
begin
  select agentpg._run_limit('max_iterations', options, agent.config, s.max_iterations),
    agentpg._run_limit('max_continuations', options, agent.config, s.max_continuations)
  into v_max_iterations, v_max_continuations
  from agentpg.settings s;
  perform set_config('agentpg.announced', 'on', true);
  -- In the order of the keys, so that two calls with the same ones do not wait for each other in a circle.
  with new as materialized (
    select n.*, n.metadata ->> 'tenant_id' as tenant_id from unnest(_insert_new_runs.news) n
  ), budget as materialized (
    select t.tenant_id, agentpg._budgets_for(null, null, t.tenant_id, v_model, _insert_new_runs.options) as ids
    from (select distinct n.tenant_id from new n where n.tenant_id is not null) t
  ), input as (
    insert into agentpg.run_inputs as i (
      run_id, session_id, turn, agent_id, run_mode, content, variables, options, idempotency_key, request_hash,
      max_iterations, max_continuations, scheduled_at, tenant_id, created_at
    )
    select n.run_id, n.session_id, 1, agent.id, _insert_new_runs.mode, n.content, n.variables, nullif(_insert_new_runs.options, '{}'),
      n.idempotency_key, n.request_hash,
      v_max_iterations, v_max_continuations, n.scheduled_at, n.tenant_id, _insert_new_runs.at
    from new n
    order by n.idempotency_key, n.item
    on conflict ((coalesce(tenant_id, '')), idempotency_key) where idempotency_key is not null do nothing
    returning i.run_id
  ), made as materialized (
    select n.* from new n where n.run_id in (select i.run_id from input i) order by n.item
  ), session as (
    insert into agentpg.sessions (id, metadata, created_at, updated_at)
    select m.session_id, m.metadata, _insert_new_runs.at, _insert_new_runs.at from made m
  ), message as (
    insert into agentpg.messages (session_id, seq, role, content, run_id, tenant_id, created_at)
    select m.session_id, 1, 'user', m.content, m.run_id, m.tenant_id, _insert_new_runs.at from made m
  ), run as (
    insert into agentpg.runs (id, session_id, iteration_id, prefix_id, available_at, queue_id, priority, blocked, deadline_at, stream_at, budget_ids,
      tenant_id, events, context_tokens, compact_above)
    select m.run_id, m.session_id, agentpg._iteration_id(m.run_id, 1), _insert_new_runs.prefix_id, greatest(m.scheduled_at, _insert_new_runs.at), v_queue_id, m.priority,
      false, v_deadline_at, v_stream_at, b.ids,
      m.tenant_id, v_events, agentpg._estimated_tokens(m.content), v_compact_above
    from made m
    left join budget b on b.tenant_id = m.tenant_id
  )
  select coalesce(array_agg(m.run_id), '{}') into v_ids from made m;
  perform set_config('agentpg.announced', '', true);
  if v_events then
    perform agentpg._open_streams(v_ids);
  end if;
  if v_ids <> '{}' then
    perform agentpg._notify('agentpg_run_created', jsonb_build_object(
      'run_id', null, 'session_id', null, 'agent_id', agent.id,
      'run_mode', mode, 'parent_run_id', null, 'depth', 0, 'runs', cardinality(v_ids)
    ), true, 'none');
  end if;
  return v_ids;
end
$$;
comment on function agentpg._insert_new_runs(agentpg._new_run[], agentpg.agents, agentpg.run_mode, jsonb, uuid, timestamptz) is
  'Makes runs, each with its new session, as create_run would, and announces them once; returns their ids. Left out: those whose idempotency key somebody has used.';

commit;
