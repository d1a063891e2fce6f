-- Deploy agentpg:views/tool_calls to pg
-- requires: tools/tool_executions
-- requires: conversation/references
begin;

create function agentpg._content_text(content jsonb)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select case pg_catalog.jsonb_typeof(content)
      when 'string' then content #>> '{}'
      when 'array' then (
        select pg_catalog.string_agg(b.block ->> 'text', '' order by b.place)
        from pg_catalog.jsonb_array_elements(content) with ordinality as b(block, place)
        where b.block ->> 'type' = 'text'
      )
    end
  );
end
$$;
comment on function agentpg._content_text(jsonb) is 'The text blocks of content, joined; a string as it is.';

create view agentpg.tool_calls as
select
  e.run_id,
  e.iteration_id,
  e.id as tool_execution_id,
  r.iteration_number as current_iteration,
  agentpg._iteration_number(e.iteration_id) as iteration_number,
  e.message_seq,
  e.block_index,
  e.tool_use_id,
  e.tool_name as name,
  coalesce(m.content -> e.block_index -> 'input', '{}') as input,
  coalesce(agentpg._content_text(o.content -> 0 -> 'content'), '') as output,
  agentpg.whole_content(o.content -> 0 -> 'content') as output_content,
  e.is_error,
  case when e.is_error then e.last_error end as error_message,
  e.agent_id is not null as is_agent_tool,
  e.agent_id,
  e.child_run_id,
  e.state,
  e.attempt::integer as attempt,
  e.max_attempts::integer as max_attempts,
  e.snooze_count,
  e.claimed_by as claimed_by_instance_id,
  e.available_at,
  e.last_error,
  e.completed_at - e.started_at as duration,
  e.created_at,
  e.started_at,
  e.completed_at,
  r.tenant_id
from agentpg.tool_executions e
join agentpg.runs r on r.id = e.run_id
-- One message each: a plain join may read the whole transcript of a long session.
left join lateral (
  select a.content from agentpg.messages a where a.session_id = r.session_id and a.seq = e.message_seq limit 1
) m on true
left join lateral (
  select u.content from agentpg.messages u where u.session_id = r.session_id and u.seq = e.result_seq limit 1
) o on true;
comment on view agentpg.tool_calls is 'Every tool call with its input and output as they stand in the transcript; without them once they are archived and deleted.';

create type agentpg.tool_call as (
  tool_execution_id uuid,
  iteration_number integer,
  tool_use_id text,
  name text,
  input jsonb,
  output text,
  output_content jsonb,
  is_error boolean,
  error_message text,
  is_agent_tool boolean,
  agent_id uuid,
  child_run_id uuid,
  state agentpg.tool_execution_state,
  attempt integer,
  duration interval,
  started_at timestamptz,
  completed_at timestamptz
);
comment on type agentpg.tool_call is 'One tool call as run_tool_calls gives it; output is its text, output_content its blocks.';

create function agentpg._tool_calls_of(run_id uuid, iteration_id uuid)
returns setof agentpg.tool_call
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select c.tool_execution_id, c.iteration_number, c.tool_use_id, c.name, c.input, c.output, c.output_content, c.is_error,
    c.error_message, c.is_agent_tool, c.agent_id, c.child_run_id, c.state, c.attempt, c.duration, c.started_at, c.completed_at
  from agentpg.tool_calls c
  where c.run_id = _tool_calls_of.run_id
    and (_tool_calls_of.iteration_id is null or c.iteration_id = _tool_calls_of.iteration_id)
  order by c.message_seq, c.block_index
$$;
comment on function agentpg._tool_calls_of(uuid, uuid) is 'The tool calls of a run, or of one of its iterations, in order.';

create function agentpg.run_tool_calls(run_id uuid)
returns setof agentpg.tool_call
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform agentpg._check_run(run_id);
  return query select c.* from agentpg._tool_calls_of(run_id, null) c;
end
$$;
comment on function agentpg.run_tool_calls(uuid) is 'The tool calls of a run in the order in which the model made them. Errors: AP003.';

create function agentpg.iteration_tool_calls(iteration_id uuid)
returns setof agentpg.tool_call
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run_id uuid;
begin
  select r.id into v_run_id from agentpg.runs r
  where r.id = agentpg._run_of_iteration(iteration_tool_calls.iteration_id)
    and agentpg._iteration_number(iteration_tool_calls.iteration_id) between 1 and r.iteration_number;
  if not found then
    perform agentpg._refuse('AP004', format('no iteration has id %s', coalesce(iteration_id::text, 'null')), null,
      jsonb_build_object('iteration_id', iteration_id));
  end if;
  return query select c.* from agentpg._tool_calls_of(v_run_id, iteration_id) c;
end
$$;
comment on function agentpg.iteration_tool_calls(uuid) is 'The tool calls that one model call made. Errors: AP004.';

create function agentpg._check_run(run_id uuid)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from agentpg.runs r where r.id = _check_run.run_id) then
    perform agentpg._refuse('AP003', format('no run has id %s', coalesce(run_id::text, 'null')),
      'a run is visible to others once the transaction that created it has committed', jsonb_build_object('run_id', run_id));
  end if;
end
$$;
comment on function agentpg._check_run(uuid) is 'AP003 unless the run exists.';

commit;
