-- Deploy agentpg:tools/complete_tools to pg
-- requires: tools/complete_tool
-- requires: runs/record_responses
begin;

create function agentpg.complete_tools(
  tool_execution_ids uuid[],
  lease_tokens uuid[],
  outputs jsonb,
  is_errors boolean[],
  known jsonb
)
returns table (place integer, claim agentpg.run_claim)
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
  v_now timestamptz := agentpg.now();
  v_lease_ttl interval;
  v_run_ids uuid[];
  v_live uuid[];
  v_locked record;
  v_held uuid[];
  v_places integer[];
begin
  perform agentpg._check_group(tool_execution_ids, outputs, array[
    cardinality(lease_tokens), cardinality(is_errors), case jsonb_typeof(complete_tools.known) when 'array' then jsonb_array_length(complete_tools.known) end
  ]);
  v_run_ids := array(
    select e.run_id
    from unnest(tool_execution_ids) with ordinality as u(id, place)
    left join agentpg.tool_executions e on e.id = u.id
    order by u.place
  );
  v_live := array(
    select agentpg._live_instance(c.claimed_by)
    from (select distinct e.claimed_by from agentpg.tool_executions e where e.id = any (tool_execution_ids) and e.claimed_by is not null) c
  );
  v_locked := agentpg._hold_runs(v_run_ids);
  v_held := array(
    select e.id from agentpg.tool_executions e
    where e.id = any (tool_execution_ids) and e.run_id = any (v_locked.held)
    for no key update skip locked
  );
  select s.lease_ttl into v_lease_ttl from agentpg.settings s;

  with asked as materialized (
    select distinct on (r.id) a.place::integer, a.is_error, e.id as execution_id, e.iteration_id, e.tool_use_id, e.claimed_by,
      r.id, r.session_id, r.tenant_id, r.events, r.context_tokens, case when r.open_tools = 1 then r.compact_above end as compact_above,
      r.open_tools = 1 as goes_on, i.agent_id, l.seq + 1 as seq, agentpg._tool_content(a.output) as content
    from unnest(tool_execution_ids, lease_tokens, array(select jsonb_array_elements(outputs)), is_errors) with ordinality
      as a(id, lease_token, output, is_error, place)
    join agentpg.tool_executions e on e.id = a.id and e.lease_token = a.lease_token
    join agentpg.runs r on r.id = e.run_id
    join agentpg.run_inputs i on i.run_id = r.id
    join agentpg.queues q on q.id = r.queue_id
    cross join lateral (select m.seq from agentpg.messages m where m.session_id = r.session_id order by m.seq desc limit 1) l
    where e.id = any (v_held) and e.state = 'running' and not e.asked and e.claimed_by = any (v_live)
      and (not r.events or r.id = any (v_locked.streams))
      and r.state = 'pending_tools' and i.parent_run_id is null and r.compaction_id is null and r.budget_ids is null
      and jsonb_typeof(a.output) <> 'array'
      and (r.open_tools > 1 or (
        q.run_mode = 'streaming' and q.parked_at is null and q.next_claim_at is null
        and r.iteration_number < coalesce(r.iteration_limit, i.max_iterations)
      ))
    -- Two of one run would follow each other in its transcript.
    order by r.id, a.place
  ), sized as materialized (
    select k.*, k.context_tokens + agentpg._estimated_tokens(k.content) as tokens, coalesce(k.is_error, false) as failed
    from asked k
  ), plain as materialized (
    select k.*, t.result
    from sized k
    cross join lateral agentpg._tool_result(k.tool_use_id, k.content, k.failed) as t(result)
    -- What is larger may hold something to be put aside.
    where pg_column_size(t.result) < 8192 and (k.compact_above is null or k.tokens <= k.compact_above)
  ), message as (
    insert into agentpg.messages (session_id, seq, role, content, run_id, iteration_id, tenant_id, created_at)
    select k.session_id, k.seq, 'user', k.result, k.id, k.iteration_id, k.tenant_id, v_now
    from plain k
  ), execution as (
    update agentpg.tool_executions e
    set state = 'completed', completed_at = v_now, result_seq = k.seq, is_error = k.failed,
      last_error = case when k.failed then left(k.content::text, 1000) end
    from plain k
    where e.id = k.execution_id
  ), counted as (
    update agentpg.runs r
    set open_tools = r.open_tools - 1, context_tokens = k.tokens
    from plain k
    where r.id = k.id and not k.goes_on
  ), moved as (
    update agentpg.runs r
    set state = 'streaming', previous_state = r.state, open_tools = 0, context_tokens = k.tokens,
      iteration_id = agentpg._iteration_id(r.id, r.iteration_number + 1), iteration_number = r.iteration_number + 1, attempt = 1, rescue_attempts = 0,
      available_at = v_now, lease_token = gen_random_uuid(), lease_expires_at = v_now + v_lease_ttl, watch_at = least(r.watch_at, v_now + v_lease_ttl),
      claimed_by = k.claimed_by, claimed_at = v_now
    from plain k
    where r.id = k.id and k.goes_on
  ), stream as (
    update agentpg.run_streams s
    set last_seq = s.last_seq + 1
    from plain k
    where s.root_run_id = k.id and k.events
    returning k.place, s.last_seq, s.watched_until > v_now as watched
  ), event as (
    insert into agentpg.run_events (root_run_id, seq, run_id, iteration_id, tool_execution_id, kind, created_at)
    select k.id, s.last_seq, k.id, k.iteration_id, k.execution_id, 'tool_finished', v_now
    from stream s
    join plain k on k.place = s.place
  ), told as materialized (
    select agentpg._notify_all('agentpg_tools_complete', false, array(select jsonb_build_object('run_id', k.id) from plain k where k.goes_on))
      + agentpg._notify_all('agentpg_run_event', true, array(
        select jsonb_build_object('root_run_id', k.id, 'seq', s.last_seq) from stream s join plain k on k.place = s.place where s.watched
      ))
      + agentpg._notify_all('agentpg_run_state', false, array(
        select jsonb_build_object('run_id', k.id, 'session_id', k.session_id, 'agent_id', k.agent_id,
          'state', 'streaming', 'previous_state', 'pending_tools', 'parent_run_id', null)
        from plain k where k.goes_on
      )) as count
  )
  select array_agg(k.place order by k.place) into v_places
  from plain k, told t
  where t.count >= 0;

  return query
  with ended as (
    select p.place, r.id, r.state = 'streaming' as goes_on
    from unnest(v_places) as p(place)
    join agentpg.runs r on r.id = v_run_ids[p.place]
  ), going as (
    select array_agg(e.id) as run_ids, jsonb_agg(complete_tools.known -> (e.place - 1)) as known
    from ended e
    where e.goes_on
  ), handed_out as materialized (
    select h.run_id, h.claim from going g cross join lateral agentpg._hand_out_runs(g.run_ids, g.known) h
  )
  select e.place, h.claim
  from ended e
  left join handed_out h on h.run_id = e.id;
end
$$;
comment on function agentpg.complete_tools(uuid[], uuid[], jsonb, boolean[], jsonb) is
  'Records at once the outputs of those of several tool calls that are everyday steps of a loop: text or plain JSON, for a run without budgets that is nobody''s delegate and may go on, one of each run. Each array, and the JSON arrays outputs and known, has one value for each call, as the arguments of complete_tool with claim_next, whose effects it has. Returns the place of each call that it recorded, from 1, with the next request, held by the caller, where it ended a turn; of the others, locked ones among them, nothing has happened: give them to complete_tool. At most 1,000. Errors: AP108.';

commit;
