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

-- What many runs of a loop lack is nearly always an answer and its results, in a session that is shown as it stands:
-- read for all of them by one statement, since what a statement costs to start is more than what its rows cost.
create function agentpg._hand_out_runs(run_ids uuid[], known jsonb)
returns table (run_id uuid, claim agentpg.run_claim)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  select r.id, case when n.request is null then agentpg._hand_out_run(r, nullif(held.known, 'null')) else
      (r.id, r.session_id, r.iteration_id, r.lease_token, r.lease_expires_at, r.attempt, n.request, r.events, null, n.last_seq, n.checksum, n.held_seq)::agentpg.run_claim
    end
  from unnest(_hand_out_runs.run_ids, array(select jsonb_array_elements(_hand_out_runs.known))) as held(run_id, known)
  join agentpg.runs r on r.id = held.run_id
  left join lateral (
    select k.seq as held_seq, l.seq as last_seq, agentpg._checksum(s, l, false) as checksum,
      p.body || jsonb_build_object('messages', jsonb_build_array(
        jsonb_build_object('role', 'assistant', 'content', a.content), jsonb_build_object('role', 'user', 'content', t.content)
      )) as request
    from agentpg.sessions s
    join agentpg.prompt_prefixes p on p.id = r.prefix_id
    -- Limits, so that none of these reads the messages before.
    cross join lateral (
      select m.* from agentpg.messages m
      where m.session_id = s.id and m.seq = case when held.known ->> 'seq' ~ '^[0-9]{1,18}$' then (held.known ->> 'seq')::bigint end
      limit 1
    ) k
    cross join lateral (select m.role, m.content from agentpg.messages m where m.session_id = s.id and m.seq = k.seq + 1 limit 1) a
    cross join lateral (select m.* from agentpg.messages m where m.session_id = s.id order by m.seq desc limit 1) l
    cross join lateral (
      select agentpg._jsonb_concat_agg(m.content order by m.seq) as content,
        bool_and(m.role = 'user' and not m.content @? '$[*] ? (!(@.type == "tool_result"))') as are_results
      from agentpg.messages m
      where m.session_id = s.id and m.seq > k.seq + 1
    ) t
    where s.id = r.session_id and r.compaction_id is null and r.container is null and r.budget_ids is null
      and s.forked_at_seq is null and s.superseded_seqs is null and s.compaction_id is null and s.thinking_from_seq is null
      and agentpg._checksum(s, k, false) = held.known ->> 'checksum'
      and a.role = 'assistant' and t.are_results
      and not agentpg._has_marks(s.id)
      and array(select u.content_id from agentpg.content_uses u where u.session_id = s.id limit 1) = '{}'
  ) n on true;
end
$$;
comment on function agentpg._hand_out_runs(uuid[], jsonb) is
  'As _hand_out_run for each of these runs with what of its session is known, null where nothing is.';

commit;
