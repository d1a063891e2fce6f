-- Deploy agentpg:runs/get_run to pg
-- requires: views/run_details
begin;

create function agentpg.get_run(run_id uuid)
returns agentpg.run_details
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_row agentpg.run_details;
begin
  perform agentpg._check_run(run_id);
  select d.* into v_row from agentpg.run_details d where d.id = get_run.run_id;
  return v_row;
end
$$;
comment on function agentpg.get_run(uuid) is 'A run with its input, usage, cost and answer. Errors: AP003.';

create function agentpg._run_page(
  session_id uuid, agent_id uuid, state agentpg.run_state, max_count integer, before uuid
)
returns uuid[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_ids uuid[];
begin
  -- One statement per index, so that each page is a short walk of it.
  if session_id is not null or agent_id is not null then
    select array_agg(p.id) into v_ids from (
      select r.id
      from agentpg.run_inputs i
      join agentpg.runs r on r.id = i.run_id
      where (_run_page.session_id is null or i.session_id = _run_page.session_id)
        and (_run_page.agent_id is null or i.agent_id = _run_page.agent_id)
        and (_run_page.state is null or r.state = _run_page.state)
        and (_run_page.before is null or i.run_id < _run_page.before)
      order by i.run_id desc
      limit _run_page.max_count
    ) p;
  elsif state in ('awaiting_input', 'cancelled', 'failed') then
    select array_agg(p.id) into v_ids from (
      select r.id
      from agentpg.runs r
      where r.stopped_as = _run_page.state
        and (_run_page.before is null or r.id < _run_page.before)
      order by r.id desc
      limit _run_page.max_count
    ) p;
  elsif state in ('streaming', 'batch_submitting', 'batch_pending', 'batch_processing', 'pending_tools') then
    -- One per session at most: the index of the active runs is shorter than the history.
    with active as materialized (
      select r.id, r.state from agentpg.runs r where r.finalized_at is null and not r.blocked
    )
    select array_agg(p.id) into v_ids from (
      select a.id
      from active a
      where a.state = _run_page.state and (_run_page.before is null or a.id < _run_page.before)
      order by a.id desc
      limit _run_page.max_count
    ) p;
  else
    select array_agg(p.id) into v_ids from (
      select r.id
      from agentpg.runs r
      where (_run_page.state is null or r.state = _run_page.state) and (_run_page.before is null or r.id < _run_page.before)
      order by r.id desc
      limit _run_page.max_count
    ) p;
  end if;
  return v_ids;
end
$$;
comment on function agentpg._run_page(uuid, uuid, agentpg.run_state, integer, uuid) is 'The ids of one page of list_runs.';

create function agentpg.list_runs(
  session_id uuid default null,
  agent_id uuid default null,
  state agentpg.run_state default null,
  max_count integer default 50,
  before uuid default null
)
returns setof agentpg.run_details
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_ids uuid[];
begin
  perform agentpg._check_page(max_count);
  v_ids := agentpg._run_page(session_id, agent_id, state, max_count, before);
  return query select d.* from agentpg.run_details d where d.id = any (v_ids) order by d.id desc;
end
$$;
comment on function agentpg.list_runs(uuid, uuid, agentpg.run_state, integer, uuid) is
  'Runs by id, newest first, of a session, an agent or in a state. The next page starts before the last id of this one. Errors: AP108.';

create type agentpg.run_response as (
  run_id uuid,
  session_id uuid,
  state agentpg.run_state,
  text text,
  stop_reason text,
  error_type text,
  error_message text,
  input_tokens bigint,
  output_tokens bigint,
  cache_creation_input_tokens bigint,
  cache_read_input_tokens bigint,
  cost_usd numeric,
  unpriced_calls integer,
  iteration_count integer,
  tool_iterations integer,
  message jsonb,
  tool_calls jsonb,
  finished boolean
);
comment on type agentpg.run_response is 'What get_response gives: the answer of a run so far.';

create function agentpg.get_response(run_id uuid)
returns setof agentpg.run_response
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
begin
  perform agentpg._check_run(get_response.run_id);
  return query
  select d.id, d.session_id, d.state, coalesce(d.response_text, ''), d.stop_reason, d.error_type, d.error_message,
    d.input_tokens, d.output_tokens, d.cache_creation_input_tokens, d.cache_read_input_tokens, d.cost_usd, d.unpriced_calls,
    d.iteration_count, d.tool_iterations,
    (
      select jsonb_build_object('role', m.role, 'content', agentpg.whole_content(m.content), 'seq', m.seq, 'created_at', m.created_at)
      from agentpg.messages m
      where m.session_id = d.session_id
        and m.seq = (select max(t.response_seq) from agentpg.iterations t where t.run_id = d.id)
    ),
    coalesce((
      select jsonb_agg(
        to_jsonb(c) - 'ordinality' || jsonb_build_object('duration_ms', extract(epoch from c.duration) * 1000)
        order by c.ordinality
      )
      from agentpg._tool_calls_of(d.id, null) with ordinality c
    ), '[]'),
    d.finalized_at is not null or d.state = 'awaiting_input'
  from agentpg.run_details d
  where d.id = get_response.run_id;
end
$$;
comment on function agentpg.get_response(uuid) is
  'All that a waiting client needs in one call: state, text and message of the last answer, usage and cost, tool calls. finished: the run has ended or waits for input. Errors: AP003.';

create function agentpg.finished_runs(run_ids uuid[])
returns table (run_id uuid, state agentpg.run_state)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select g.id, r.state
  from unnest(finished_runs.run_ids) as g(id)
  left join agentpg.runs r on r.id = g.id
  where r.id is null or r.finalized_at is not null or r.state = 'awaiting_input'
$$;
comment on function agentpg.finished_runs(uuid[]) is
  'Those of the given runs that have ended or wait for input, or do not exist (state null): one poll for any number of waiters.';

create function agentpg.run_iterations(run_id uuid)
returns setof agentpg.iterations
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._check_run(run_id);
  return query select t.* from agentpg.iterations t where t.run_id = run_iterations.run_id order by t.number;
end
$$;
comment on function agentpg.run_iterations(uuid) is 'The answered model calls of a run in order. Errors: AP003.';

commit;
