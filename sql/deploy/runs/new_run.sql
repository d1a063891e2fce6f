-- Deploy agentpg:runs/new_run to pg
-- requires: runs/check_options
begin;

create function agentpg._check_place(mode agentpg.run_mode, priority integer, idempotency_key text, scheduled_at timestamptz)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if mode is null or priority is null or priority not between -10 and 10 then
    perform agentpg._refuse('AP100', 'mode is batch or streaming, priority is -10 to 10 (higher first)');
  end if;
  if idempotency_key = '' or length(idempotency_key) > 255 then
    perform agentpg._refuse('AP100', 'an idempotency key has 1 to 255 characters');
  end if;
  if not isfinite(scheduled_at) then
    perform agentpg._refuse('AP100', 'scheduled_at must be a finite time', 'leave it out to start at once');
  end if;
end
$$;
comment on function agentpg._check_place(agentpg.run_mode, integer, text, timestamptz) is
  'AP100 unless a new run can have this place in the queue, and this key.';

create function agentpg._request_hash(agent_id uuid, mode agentpg.run_mode, content jsonb, variables jsonb, options jsonb)
returns bigint
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_hash_extended(jsonb_build_array(agent_id, mode, content, variables, options), 0);
end
$$;
comment on function agentpg._request_hash(uuid, agentpg.run_mode, jsonb, jsonb, jsonb) is
  'Tells a repeated request from another one under the same idempotency key.';

create function agentpg._repeated_run(tenant_id text, idempotency_key text, request_hash bigint)
returns uuid
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run_id uuid;
  v_hash bigint;
begin
  select i.run_id, i.request_hash into v_run_id, v_hash
  from agentpg.run_inputs i
  where coalesce(i.tenant_id, '') = coalesce(_repeated_run.tenant_id, '')
    and i.idempotency_key = _repeated_run.idempotency_key;
  if found and v_hash <> request_hash then
    perform agentpg._refuse('AP011', format('idempotency key %L was used for another request', idempotency_key),
      'use a new key for a new request', jsonb_build_object('run_id', v_run_id, 'idempotency_key', idempotency_key));
  end if;
  return v_run_id;
end
$$;
comment on function agentpg._repeated_run(text, text, bigint) is
  'The run that this tenant created under the key; null for none, AP011 when it was another request.';

create function agentpg._prefix_of_run(agent agentpg.agents, options jsonb, at timestamptz)
returns uuid
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_prefix_id uuid;
begin
  if agent.deleted_at is not null then
    perform agentpg._refuse('AP008', format('agent %s was deleted', agent.id), 'create a new one',
      jsonb_build_object('agent_id', agent.id));
  end if;
  if agentpg._option_time(options, 'deadline') <= at then
    perform agentpg._refuse('AP111', format('option deadline lies in the past: %s', options ->> 'deadline'),
      format('it is %s by the clock of the database', at));
  end if;
  if options - array['max_iterations', 'max_continuations', 'deadline', 'stream_after_turns', 'stream_from', 'max_depth',
    'max_tokens', 'max_cost_usd', 'on_busy', 'approval', 'events', 'auto_compaction', 'compaction'] = '{}' then
    v_prefix_id := agent.prefix_id;
  end if;
  v_prefix_id := coalesce(v_prefix_id, agentpg._freeze_prefix(agent, options));
  if v_prefix_id is null then
    perform agentpg._refuse('AP006', format('nobody has registered these tools of agent %L: %s', agent.name, agentpg._missing_tools(agent.tools)),
      'start an executor that offers them, or define them with agentpg.register_tools(null, ...)', jsonb_build_object('agent_id', agent.id));
  end if;
  return v_prefix_id;
end
$$;
comment on function agentpg._prefix_of_run(agentpg.agents, jsonb, timestamptz) is
  'The prefix of a new run of the agent under these options. AP006, AP008, AP111, and what _freeze_prefix refuses.';

commit;
