-- Deploy agentpg:runs/hand_out_run to pg
-- requires: runs/runs
-- requires: runs/iterations
-- requires: runs/containers
-- requires: conversation/request_messages
-- requires: conversation/messages_after
-- requires: conversation/references
-- requires: registry/cache_marks
begin;

create type agentpg.run_claim as (
  run_id uuid,
  session_id uuid,
  iteration_id uuid,
  lease_token uuid,
  lease_expires_at timestamptz,
  attempt integer,
  request jsonb,
  events boolean,
  compaction_id uuid,
  context_seq bigint,
  context_checksum text,
  messages_after bigint
);
comment on type agentpg.run_claim is
  'A claimed model call: POST request to /v1/messages as it is, then record_response or record_failure with iteration_id and lease_token before the lease expires (heartbeat renews it). events: whether publish_events takes what the model says meanwhile. compaction_id: the call writes a summary, which is nothing the user is to see. context_seq and context_checksum: the last message of the request and what stands for all up to it (null when it writes a summary); complete_tool and fail_tool take them as known. messages_after: null for a complete request; else request holds only the messages after this one, to be added to those that the caller holds.';

create function agentpg._request_with(run agentpg.runs, messages jsonb, batched boolean default false)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select agentpg._within_marks(
      case when run.container is null then p.body else agentpg._with_container(p.body, run.container) end
      -- A batch takes minutes to hours: the marker that the engine sets by itself is the one that lasts.
      || case when batched and p.body -> 'cache_control' = '{"type": "ephemeral"}'
        then '{"cache_control": {"type": "ephemeral", "ttl": "1h"}}'::jsonb else '{}' end,
      agentpg._whole_messages(run.session_id, messages)
    )
    from agentpg.prompt_prefixes p
    where p.id = run.prefix_id
  );
end
$$;
comment on function agentpg._request_with(agentpg.runs, jsonb, boolean) is
  'The request of a run''s next model call with these messages. In a batch, a cache marker without a time to live gets one hour.';

create function agentpg._build_request(run agentpg.runs, batched boolean default false)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if run.compaction_id is not null then
    return agentpg._summary_request(run.compaction_id);
  end if;
  return agentpg._request_with(run, agentpg._request_messages(run.session_id, p.model), batched)
  from agentpg.prompt_prefixes p
  where p.id = run.prefix_id;
end
$$;
comment on function agentpg._build_request(agentpg.runs, boolean) is
  'The finished Messages API request of a run''s next model call.';

create function agentpg._call_before(run agentpg.runs, request_seq bigint)
returns agentpg.iterations
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_iteration agentpg.iterations;
begin
  select t.* into v_iteration
  from agentpg.iterations t
  where t.run_id = run.id and t.number = run.iteration_number - 1 and t.request_seq = _call_before.request_seq
    and t.input_tokens + t.cache_creation_input_tokens + t.cache_read_input_tokens > 0;
  return v_iteration;
end
$$;
comment on function agentpg._call_before(agentpg.runs, bigint) is
  'The run''s last model call, if its request ended with this message and the API said how large it was.';

create function agentpg._hand_out_run(run agentpg.runs, known jsonb default null)
returns agentpg.run_claim
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_model text;
  v_last bigint;
  v_after bigint;
  v_messages jsonb;
  v_request jsonb;
begin
  -- A call that writes a summary shows something else.
  if run.compaction_id is null then
    select p.model into v_model from agentpg.prompt_prefixes p where p.id = run.prefix_id;
    select m.seq into v_last from agentpg.messages m where m.session_id = run.session_id order by m.seq desc limit 1;
    -- Which cache marks of users a request holds is settled for all of its messages at once.
    if known is not null and not agentpg._has_marks(run.session_id) then
      v_after := agentpg._known_seq(run.session_id, v_model, known);
      -- A budget reserves by the size of the whole request.
      if run.budget_ids is null or (agentpg._call_before(run, v_after)).id is not null then
        v_messages := agentpg._messages_after(run.session_id, v_after);
      end if;
    end if;
  end if;
  if v_messages is null then
    v_after := null;
    v_request := agentpg._build_request(run);
  else
    v_request := agentpg._request_with(run, v_messages);
  end if;
  if run.budget_ids is not null then
    v_request := agentpg._capped(run.iteration_id, v_request);
  end if;
  return (
    run.id, run.session_id, run.iteration_id, run.lease_token, run.lease_expires_at, run.attempt::integer, v_request,
    run.events and run.compaction_id is null, run.compaction_id,
    v_last, agentpg._context_checksum(run.session_id, v_model, v_last), v_after
  )::agentpg.run_claim;
end
$$;
comment on function agentpg._hand_out_run(agentpg.runs, jsonb) is
  'What a worker gets for a run that it holds: the complete request, or what it lacks when known is what the session shows up to there.';

commit;
