-- Deploy agentpg:runs/record_responses to pg
-- requires: runs/record_response
begin;

-- The everyday steps of many runs, written by a few statements for all of them: what a statement costs to start is more
-- than what its row costs. Only what needs no decision is done here; record_response knows all the rest, and says what is wrong.
create function agentpg._hold_runs(run_ids uuid[], out held uuid[], out streams uuid[])
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  held := array(
    select r.id
    from agentpg.runs r
    join agentpg.sessions s on s.id = r.session_id
    where r.id = any (run_ids)
    for no key update of s, r skip locked
  );
  streams := array(
    select s.root_run_id from agentpg.run_streams s
    where s.root_run_id = any (held)
    for no key update skip locked
  );
end
$$;
comment on function agentpg._hold_runs(uuid[]) is
  'Locks these runs with their sessions, and the event streams of those that are at the top of a tree. Waits for nobody: what somebody else holds is left out.';

create function agentpg._check_group(ids uuid[], items jsonb, sizes integer[])
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count constant integer := cardinality(ids);
begin
  -- Null where one of them is no array, or null.
  if (v_count = all (sizes || case jsonb_typeof(items) when 'array' then jsonb_array_length(items) end)) is not true then
    perform agentpg._refuse('AP108', 'the arrays differ in length', 'give one value in each for every call, null where there is none');
  elsif v_count > 1000 then
    perform agentpg._refuse('AP108', format('%s calls are too many', v_count), 'give at most 1,000 at once');
  elsif v_count <> (select count(distinct u.id) from unnest(ids) as u(id)) then
    perform agentpg._refuse('AP108', 'an id is null or given twice', 'give each call once');
  end if;
end
$$;
comment on function agentpg._check_group(uuid[], jsonb, integer[]) is
  'AP108 unless there is one value in everything for each id, and each id once.';

create function agentpg.record_responses(
  iteration_ids uuid[],
  lease_tokens uuid[],
  responses jsonb,
  request_ids text[],
  max_tools integer[],
  said jsonb default null
)
returns table (place integer, claims agentpg.tool_claim[])
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
  v_settings agentpg.settings;
  v_run_ids uuid[];
  v_live uuid[];
  v_locked record;
begin
  perform agentpg._check_group(iteration_ids, responses, array[
    cardinality(lease_tokens), cardinality(request_ids), cardinality(record_responses.max_tools),
    case coalesce(jsonb_typeof(said), 'null') when 'array' then jsonb_array_length(said) when 'null' then cardinality(iteration_ids) end
  ]);
  v_run_ids := array(select overlay(u.id::text placing '0000' from 33)::uuid from unnest(iteration_ids) with ordinality as u(id, place) order by u.place);
  v_live := array(
    select agentpg._live_instance(c.claimed_by)
    from (select distinct r.claimed_by from agentpg.runs r where r.id = any (v_run_ids) and r.claimed_by is not null) c
  );
  v_locked := agentpg._hold_runs(v_run_ids);
  select s.* into v_settings from agentpg.settings s;

  return query
  with asked as materialized (
    select a.place::integer, a.response, a.response -> 'content' as content, a.request_id,
      record_responses.said -> (a.place - 1)::integer as said, a.response ->> 'stop_reason' as stop_reason, coalesce(a.max_tools, 2147483647) as max_tools, a.response ->> 'stop_reason' = 'tool_use' as goes_on,
      r.id, r.session_id, r.iteration_id, r.iteration_number, r.attempt, r.rescue_attempts, r.claimed_by, r.claimed_at, r.lease_token,
      r.tenant_id, r.events, r.prefix_id, i.agent_id, i.variables, p.tool_names, q.model, s.compaction_id,
      l.seq as request_seq, l.seq + 1 as seq,
      case when l.iteration_id is null and l.role = 'user' then 'user_prompt' when l.role = 'user' then 'tool_results' else 'continuation' end as trigger_type,
      agentpg._context_after(r, a.response -> 'usage', a.response -> 'content') as context_tokens
    from unnest(iteration_ids, v_run_ids, lease_tokens, array(select jsonb_array_elements(responses)), request_ids, record_responses.max_tools) with ordinality
      as a(iteration_id, run_id, lease_token, response, request_id, max_tools, place)
    join agentpg.runs r on r.id = a.run_id and r.iteration_id = a.iteration_id and r.lease_token = a.lease_token
    join agentpg.sessions s on s.id = r.session_id
    join agentpg.run_inputs i on i.run_id = r.id
    join agentpg.queues q on q.id = r.queue_id
    join agentpg.prompt_prefixes p on p.id = r.prefix_id
    join agentpg.agents g on g.id = i.agent_id
    cross join lateral (
      select m.seq, m.role, m.iteration_id from agentpg.messages m where m.session_id = r.session_id order by m.seq desc limit 1
    ) l
    where r.id = any (v_locked.held) and (not r.events or r.id = any (v_locked.streams))
      and q.run_mode = 'streaming' and r.claimed_by = any (v_live)
      and i.parent_run_id is null and r.compaction_id is null and r.budget_ids is null and p.delegates = '{}'
      and a.response ->> 'role' = 'assistant' and jsonb_typeof(a.response -> 'content') = 'array'
      and coalesce(jsonb_typeof(a.response -> 'usage'), 'null') in ('object', 'null')
      and a.response #> '{container,id}' is null and agentpg._is_said(record_responses.said -> (a.place - 1)::integer)
      -- What is larger may hold something to be put aside.
      and pg_column_size(a.response -> 'content') < 8192
      and case a.response ->> 'stop_reason'
        when 'tool_use' then g.config -> 'approval' is null and i.options -> 'approval' is null
        when 'end_turn' then coalesce(p.output_repairs, 0) = 0 and s.compaction_ready is null and not exists (
          select from agentpg.run_inputs j join agentpg.runs n on n.id = j.run_id
          where j.session_id = r.session_id and j.turn > i.turn and n.blocked
        )
        else false
      end
  ), block as materialized (
    select k.place, (b.place - 1)::integer as block_index, b.block ->> 'type' as type, b.block ->> 'id' as tool_use_id,
      b.block ->> 'name' as tool_name, coalesce(b.block -> 'input', '{}') as input,
      case b.block ->> 'type'
        when 'text' then not agentpg._is_blank(coalesce(b.block ->> 'text', ''))
        when 'tool_use' then k.goes_on and b.block ->> 'id' is not null and t.approval is null and t.name = any (k.tool_names)
          and exists (select from agentpg.instance_tools o where o.instance_id = k.claimed_by and o.tool_name = t.name)
        else coalesce(jsonb_typeof(b.block -> 'type') = 'string', false)
      end as plain,
      least(coalesce(t.max_attempts, v_settings.tool_max_attempts), 32767) as max_attempts
    from asked k
    cross join lateral jsonb_array_elements(k.content) with ordinality as b(block, place)
    left join agentpg.tools t on b.block ->> 'type' = 'tool_use' and t.name = b.block ->> 'name'
  ), call as materialized (
    select c.*, agentpg._uuid_v7() as id, gen_random_uuid() as lease_token
    from (select b.* from block b where b.type = 'tool_use' order by b.place, b.block_index) c
  ), plain as materialized (
    select k.*, c.calls, case when jsonb_typeof(k.said) = 'array' then jsonb_array_length(k.said) else 0 end as pieces, u.*
    from asked k
    join (
      select b.place, count(*) filter (where b.type = 'tool_use')::integer as calls from block b group by b.place having bool_and(coalesce(b.plain, false))
    ) c on c.place = k.place
    cross join lateral agentpg._billed(k.model, 'streaming', k.response -> 'usage', v_now) u
    where case when k.goes_on then c.calls between 1 and k.max_tools else k.max_tools >= 0 end
  ), message as (
    insert into agentpg.messages (session_id, seq, role, content, run_id, iteration_id, tenant_id, created_at)
    select k.session_id, k.seq, 'assistant', k.content, k.id, k.iteration_id, k.tenant_id, v_now
    from plain k
  ), iteration as (
    insert into agentpg.iterations (
      id, run_id, number, attempt, rescue_attempts, run_mode, trigger_type, model, prefix_id, instance_id, lease_token,
      compaction_id, request_seq, response_seq, stop_reason, tool_count,
      input_tokens, output_tokens, cache_creation_input_tokens, cache_creation_1h_input_tokens, cache_read_input_tokens, cost_usd, usage,
      request_id, message_id, started_at, completed_at
    )
    select k.iteration_id, k.id, k.iteration_number, k.attempt, k.rescue_attempts, 'streaming', k.trigger_type, k.model, k.prefix_id,
      k.claimed_by, k.lease_token, k.compaction_id, k.request_seq, k.seq, k.stop_reason, k.calls,
      k.input_tokens, k.output_tokens, k.cache_creation_input_tokens, k.cache_creation_1h_input_tokens, k.cache_read_input_tokens, k.cost_usd,
      k.response -> 'usage', k.request_id, k.response ->> 'id', k.claimed_at, v_now
    from plain k
  ), execution as (
    insert into agentpg.tool_executions (
      id, run_id, iteration_id, tool_use_id, tool_name, message_seq, block_index, max_attempts, available_at, created_at, deadline_at,
      state, attempt, lease_token, claimed_by, lease_expires_at, started_at
    )
    select c.id, k.id, k.iteration_id, c.tool_use_id, c.tool_name, k.seq, c.block_index, c.max_attempts, v_now, v_now,
      v_now + v_settings.tool_deadline, 'running', 1, c.lease_token, k.claimed_by, v_now + v_settings.lease_ttl, v_now
    from plain k
    join call c on c.place = k.place
  ), moved as (
    update agentpg.runs r
    set state = case when k.goes_on then 'pending_tools' else 'completed' end::agentpg.run_state, previous_state = r.state,
      open_tools = k.calls, context_tokens = k.context_tokens,
      lease_token = null, lease_expires_at = null, claimed_by = null, claimed_at = null,
      watch_at = case when k.goes_on and r.watch_at is not null then least(r.watch_at, v_now + least(v_settings.lease_ttl, v_settings.tool_deadline)) end,
      stop_reason = case when not k.goes_on then k.stop_reason end, finalized_at = case when not k.goes_on then v_now end
    from plain k
    where r.id = k.id
  ), ended as (
    update agentpg.sessions s
    set updated_at = v_now, context_tokens = k.context_tokens
    from plain k
    where s.id = k.session_id and not k.goes_on
  ), stream as (
    update agentpg.run_streams s
    set last_seq = s.last_seq + k.pieces + 1 + greatest(k.calls, 1), ended_at = case when not k.goes_on then v_now else s.ended_at end
    from plain k
    where s.root_run_id = k.id and k.events
    returning k.place, s.last_seq - greatest(k.calls, 1) as seq, s.last_seq, s.watched_until > v_now as watched
  ), event as (
    insert into agentpg.run_events (root_run_id, seq, run_id, iteration_id, tool_execution_id, kind, data, created_at)
    select k.id, s.seq + e.place, k.id, case when e.kind <> 'run_ended' then k.iteration_id end, e.id, e.kind, e.data, v_now
    from stream s
    join plain k on k.place = s.place
    cross join lateral (
      select 0 as place, null::uuid as id, 'model_call_finished' as kind, null::jsonb as data
      union all
      select d.place - k.pieces - 1, null, d.item ->> 'kind', coalesce(d.item -> 'data', '{}')
      from jsonb_array_elements(case when k.pieces > 0 then k.said end) with ordinality as d(item, place)
      union all
      select row_number() over (order by c.block_index), c.id, 'tool_started', '{"attempt": 1}' from call c where c.place = k.place
      union all
      select 1, null, 'run_ended', jsonb_build_object('state', 'completed', 'stop_reason', k.stop_reason) where not k.goes_on
    ) e
  ), told as materialized (
    select agentpg._notify_all('agentpg_run_state', false, array(
        select jsonb_build_object('run_id', k.id, 'session_id', k.session_id, 'agent_id', k.agent_id,
          'state', case when k.goes_on then 'pending_tools' else 'completed' end, 'previous_state', 'streaming', 'parent_run_id', null)
        from plain k
      )) + agentpg._notify_all('agentpg_run_finalized', true, array(
        select jsonb_build_object('run_id', k.id, 'session_id', k.session_id, 'state', 'completed', 'parent_run_id', null, 'parent_tool_execution_id', null)
        from plain k where not k.goes_on
      )) + agentpg._notify_all('agentpg_run_event', true, array(
        select jsonb_build_object('root_run_id', k.id, 'seq', s.last_seq) from stream s join plain k on k.place = s.place where s.watched
      )) as count
  )
  select k.place, array(
    select (
      c.id, c.lease_token, v_now + v_settings.lease_ttl, k.id, k.session_id, c.tool_use_id, c.tool_name, c.input, coalesce(k.variables, '{}'), 1, k.events
    )::agentpg.tool_claim
    from call c
    where c.place = k.place
    order by c.block_index
  )
  from plain k, told t
  where t.count >= 0;
end
$$;
comment on function agentpg.record_responses(uuid[], uuid[], jsonb, text[], integer[], jsonb) is
  'Records at once those of several answers that are everyday steps of a loop: calls of tools that the caller offers, or the end of a turn, in a run without delegates, approvals or budgets. Each array, and the JSON arrays responses and said, has one value for each answer, as the arguments of record_response, whose effects it has. Returns the place of each answer that it recorded, from 1, with the tool executions that the caller now holds; of the others, locked ones among them, nothing has happened: give them to record_response. At most 1,000. Errors: AP108.';

commit;
