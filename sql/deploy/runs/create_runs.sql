-- Deploy agentpg:runs/create_runs to pg
-- requires: runs/new_runs
begin;

create function agentpg._create_alone(
  new agentpg._new_run, agent_id uuid, mode agentpg.run_mode, options jsonb
)
returns agentpg._new_run
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_session_id uuid := new.session_id;
  v_found_id uuid;
  v_tenant_id text := new.metadata ->> 'tenant_id';
begin
  if v_session_id is not null then
    select s.tenant_id into v_tenant_id from agentpg.sessions s where s.id = v_session_id for no key update;
  end if;
  if new.idempotency_key is not null then
    new.run_id := agentpg._repeated_run(v_tenant_id, new.idempotency_key, new.request_hash);
  end if;
  new.created := new.idempotency_key is null or new.run_id is null;
  if new.created then
    v_session_id := coalesce(v_session_id, agentpg.create_session(metadata => new.metadata));
    new.run_id := agentpg.create_run(v_session_id, agent_id, null, mode, options, new.content, new.variables, new.idempotency_key, new.priority, new.scheduled_at);
  end if;
  select i.session_id into v_found_id from agentpg.run_inputs i where i.run_id = new.run_id;
  if new.created and v_found_id <> v_session_id then
    -- The same key was used in another session just now.
    new.created := false;
    if new.session_id is null then
      delete from agentpg.sessions s where s.id = v_session_id;
    end if;
  end if;
  new.session_id := v_found_id;
  return new;
end
$$;
comment on function agentpg._create_alone(agentpg._new_run, uuid, agentpg.run_mode, jsonb) is 'One item of create_runs by create_run.';

create function agentpg.create_runs(
  agent_id uuid,
  items jsonb,
  mode agentpg.run_mode default 'streaming',
  options jsonb default '{}',
  variables jsonb default '{}',
  metadata jsonb default '{}',
  priority integer default 0,
  scheduled_at timestamptz default null
)
returns table (item integer, run_id uuid, session_id uuid, created boolean)
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
  v_options jsonb;
  v_shared agentpg._new_run;
  v_news agentpg._new_run[];
  v_new agentpg._new_run;
  v_prefix_id uuid;
  v_made uuid[];
  v_at_once boolean;
  v_code text;
  v_message text;
  v_hint text;
  v_detail text;
begin
  -- In this order, as in create_run.
  perform pg_current_xact_id();
  v_now := agentpg.now();
  if coalesce(jsonb_typeof(create_runs.items), 'null') <> 'array' then
    perform agentpg._refuse('AP100', 'items must be a JSON array', 'for example [{"prompt": "Hello"}]');
  elsif jsonb_array_length(create_runs.items) > 10000 then
    perform agentpg._refuse('AP108', format('there are %s items; at most 10000 are allowed', jsonb_array_length(create_runs.items)), 'call more often');
  end if;
  perform agentpg._check_place(create_runs.mode, create_runs.priority, null, create_runs.scheduled_at);
  v_agent := agentpg.get_agent(create_runs.agent_id);
  v_options := agentpg._check_options(create_runs.options, v_agent);
  v_shared.variables := agentpg._check_variables(create_runs.variables, v_options);
  v_shared.metadata := agentpg._check_metadata(create_runs.metadata);
  v_shared.priority := create_runs.priority;
  v_shared.scheduled_at := create_runs.scheduled_at;
  v_options := v_options - 'variables';
  v_at_once := not v_options ?| array['max_tokens', 'max_cost_usd'];
  v_news := array(
    select agentpg._new_run_of(e.item, e.place::integer, v_shared, v_agent.id, create_runs.mode, v_options, v_at_once)
    from jsonb_array_elements(create_runs.items) with ordinality as e(item, place)
    order by e.place
  );
  -- Of several items with one key the first is made, and the others find it, as they find what was there before.
  v_news := array(
    select (n.item, agentpg._new_run_id(), coalesce(n.session_id, case when not a.alone then agentpg._uuid_v7() end), n.content, n.variables, n.metadata,
      n.idempotency_key, n.request_hash, n.priority, n.scheduled_at, a.alone, not a.alone)::agentpg._new_run
    from (
      select u.*, row_number() over (partition by u.idempotency_key order by u.item) as nth from unnest(v_news) u
    ) n
    cross join lateral (
      select n.alone or n.idempotency_key is not null and (
        n.nth > 1 or exists (
          select from agentpg.run_inputs i
          where coalesce(i.tenant_id, '') = coalesce(n.metadata ->> 'tenant_id', '') and i.idempotency_key = n.idempotency_key
        )
      ) as alone
    ) a
    order by n.item
  );

  if exists (select from unnest(v_news) n where not n.alone) then
    v_prefix_id := agentpg._prefix_of_run(v_agent, v_options, v_now);
    perform agentpg._check_mode(create_runs.mode, v_options, p.body) from agentpg.prompt_prefixes p where p.id = v_prefix_id;
    v_made := agentpg._insert_new_runs(
      array(select n from unnest(v_news) n where not n.alone), v_agent, create_runs.mode, v_options, v_prefix_id, v_now
    );
    if cardinality(v_made) < (select count(*) from unnest(v_news) n where not n.alone) then
      -- Their keys were used by somebody else a moment ago.
      v_news := array(
        select (n.item, n.run_id, case when n.alone or n.run_id = any (v_made) then n.session_id end, n.content, n.variables, n.metadata,
          n.idempotency_key, n.request_hash, n.priority, n.scheduled_at, n.alone or n.run_id <> all (v_made), n.created)::agentpg._new_run
        from unnest(v_news) n
        order by n.item
      );
    end if;
  end if;

  -- In the order of their ids, so that two calls for the same sessions do not wait for each other in a circle.
  perform from agentpg.sessions s
  where s.id in (select n.session_id from unnest(v_news) n where n.alone)
  order by s.id
  for no key update;
  for v_new in select n.* from unnest(v_news) n where n.alone order by n.item loop
    v_news[v_new.item] := agentpg._create_alone(v_new, v_agent.id, create_runs.mode, v_options);
  end loop;
  return query select n.item, n.run_id, n.session_id, n.created from unnest(v_news) n;
exception
  when others then
    get stacked diagnostics v_code = returned_sqlstate, v_message = message_text, v_hint = pg_exception_hint, v_detail = pg_exception_detail;
    if v_code like 'AP%' and v_new.item is not null then
      perform agentpg._refuse_item(v_new.item, v_code, v_message, v_hint, v_detail);
    end if;
    raise;
end
$$;
comment on function agentpg.create_runs(uuid, jsonb, agentpg.run_mode, jsonb, jsonb, jsonb, integer, timestamptz) is
  'Starts up to 10,000 runs of one agent in the caller''s transaction, and returns them in the order of the items. An item is {"prompt" or "content", "session_id", "variables", "metadata", "idempotency_key", "priority", "scheduled_at"}: as the arguments of create_run, over those of this call. Without session_id it gets a session of its own, with the metadata (metadata.tenant_id names its tenant); that is done for all such items at once, the others one by one. created is false where a repeated idempotency key found its run. All or nothing: an error names the item, from 1, and nothing was written. Errors: those of create_run, AP104, AP108.';

commit;
