-- Deploy agentpg:runs/hand_out_run to pg
-- requires: runs/runs
-- requires: conversation/request_messages
-- requires: conversation/references
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
  compaction_id uuid
);
comment on type agentpg.run_claim is
  'A claimed model call: POST request to /v1/messages as it is, then record_response or record_failure with iteration_id and lease_token before the lease expires (heartbeat renews it). events: whether publish_events takes what the model says meanwhile. compaction_id: the call writes a summary, which is nothing the user is to see.';

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
  return (
    select p.body
      -- A batch takes minutes to hours: the marker that the engine sets by itself is the one that lasts.
      || case when batched and p.body -> 'cache_control' = '{"type": "ephemeral"}'
        then '{"cache_control": {"type": "ephemeral", "ttl": "1h"}}'::jsonb else '{}' end
      || pg_catalog.jsonb_build_object('messages', agentpg._whole_messages(run.session_id, agentpg._request_messages(run.session_id, p.model)))
    from agentpg.prompt_prefixes p
    where p.id = run.prefix_id
  );
end
$$;
comment on function agentpg._build_request(agentpg.runs, boolean) is
  'The finished Messages API request of a run''s next model call. In a batch, a cache marker without a time to live gets one hour.';

create function agentpg._hand_out_run(run agentpg.runs)
returns agentpg.run_claim
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    run.id, run.session_id, run.iteration_id, run.lease_token, run.lease_expires_at, run.attempt::integer,
    case when run.budget_ids is null then agentpg._build_request(run) else agentpg._capped(run.iteration_id, agentpg._build_request(run)) end,
    run.events and run.compaction_id is null, run.compaction_id
  )::agentpg.run_claim;
end
$$;
comment on function agentpg._hand_out_run(agentpg.runs) is 'What a worker gets for a run that it holds.';

commit;
