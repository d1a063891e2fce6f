-- Deploy agentpg:conversation/request_messages to pg
-- requires: conversation/transcript
begin;

create aggregate agentpg._jsonb_concat_agg(jsonb) (
  sfunc = pg_catalog.jsonb_concat,
  stype = jsonb
);
comment on aggregate agentpg._jsonb_concat_agg(jsonb) is 'Arrays end to end, in the order of the aggregate.';

create function agentpg._without_open_server_calls(messages jsonb)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_prompts bigint[];
  v_answered text[];
begin
  if not (messages @> '[{"content": [{"type": "server_tool_use"}]}]' or messages @> '[{"content": [{"type": "mcp_tool_use"}]}]') then
    return messages;
  end if;
  v_prompts := array(
    select m.place
    from jsonb_array_elements(messages) with ordinality as m(message, place)
    where m.message ->> 'role' = 'user' and exists (
      select from jsonb_array_elements(m.message -> 'content') as b(block) where b.block ->> 'type' is distinct from 'tool_result'
    )
    order by m.place
  );
  -- A result counts before the next prompt: so what is shown once never changes with what is said later.
  select array_agg(width_bucket(m.place, v_prompts) || ' ' || (b.block ->> 'tool_use_id')) filter (where b.block ? 'tool_use_id')
  into v_answered
  from jsonb_array_elements(messages) with ordinality as m(message, place)
  cross join lateral jsonb_array_elements(m.message -> 'content') as b(block);

  return (
    select jsonb_agg(s.message order by s.place)
    from (
      select m.place, m.message || jsonb_build_object('content', (
          select coalesce(jsonb_agg(b.block order by b.place), '[]')
          from jsonb_array_elements(m.message -> 'content') with ordinality as b(block, place)
          where width_bucket(m.place, v_prompts) = cardinality(v_prompts)
            or coalesce(b.block ->> 'type', '') not in ('server_tool_use', 'mcp_tool_use')
            or width_bucket(m.place, v_prompts) || ' ' || (b.block ->> 'id') = any (v_answered)
        )) as message
      from jsonb_array_elements(messages) with ordinality as m(message, place)
    ) s
    where s.message -> 'content' <> '[]'
  );
end
$$;
comment on function agentpg._without_open_server_calls(jsonb) is
  'The messages less the calls of the API''s own tools whose run ended before their result came: with a prompt after one, the API refuses the request.';

create function agentpg._context_in_parts(session_id uuid, thinking_from_seq bigint default null)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    with shown as (
      select c.seq, c.role, t.content, row_number() over (order by c.seq) as place
      from agentpg._context_messages(_context_in_parts.session_id) c
      cross join lateral (
        select case when c.role = 'assistant' and c.seq < _context_in_parts.thinking_from_seq then agentpg._without_thinking(c.content) else c.content end
      ) t(content)
      where t.content <> '[]'
    ), placed as (
      select s.seq, s.role, s.content, s.place - row_number() over (partition by s.role order by s.seq) as stretch
      from shown s
    ), turns as (
      select min(p.seq) as seq, p.role, agentpg._jsonb_concat_agg(p.content order by p.seq) as content
      from placed p
      group by p.role, p.stretch
    )
    select jsonb_agg(jsonb_build_object('role', t.role, 'content', t.content) order by t.seq)
    from turns t
  );
end
$$;
comment on function agentpg._context_in_parts(uuid, bigint) is
  'What the model is shown of a session some of whose messages stand elsewhere, or are not shown as they are: neighbours of one role joined, no thinking before thinking_from_seq.';

create function agentpg._request_messages(session_id uuid, model text default null)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Most sessions are shown as they stand: one probe more than without all that.
  if not exists (
    select from agentpg.sessions s
    where s.id = _request_messages.session_id and s.forked_at_seq is null and s.superseded_seqs is null
      and s.compaction_id is null and s.thinking_from_seq is null
  ) then
    return agentpg._without_open_server_calls(agentpg._context_in_parts(session_id, (
      select s.thinking_from_seq
      from agentpg.sessions s, agentpg.models b
      where s.id = _request_messages.session_id and b.id = _request_messages.model and b.binds_thinking
    )));
  end if;
  return (
    with placed as (
      select m.seq, m.role, m.content,
        m.seq - row_number() over (partition by m.role order by m.seq) as stretch
      from agentpg.messages m
      where m.session_id = _request_messages.session_id
    ), turns as (
      select min(p.seq) as seq, p.role,
        case when count(*) = 1 then (array_agg(p.content))[1] else agentpg._jsonb_concat_agg(p.content order by p.seq) end as content
      from placed p
      group by p.role, p.stretch
    )
    select agentpg._without_open_server_calls(
      jsonb_agg(jsonb_build_object('role', t.role, 'content', t.content) order by t.seq)
    )
    from turns t
  );
end
$$;
comment on function agentpg._request_messages(uuid, text) is
  'The messages array of the next request: what the model is shown of the transcript in order, neighbours of one role joined, so that all results of a turn stand in one user message. Models that bind their thinking are not shown what is bound to something else.';

commit;
