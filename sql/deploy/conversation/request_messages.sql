-- Deploy agentpg:conversation/request_messages to pg
-- requires: conversation/messages
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
begin
  if not (messages @> '[{"content": [{"type": "server_tool_use"}]}]' or messages @> '[{"content": [{"type": "mcp_tool_use"}]}]') then
    return messages;
  end if;
  return (
    with turn as (
      select m.place, m.message, lead(m.message -> 'content') over (order by m.place) as next
      from jsonb_array_elements(messages) with ordinality as m(message, place)
    ), sent as (
      select t.place, t.message || jsonb_build_object('content', (
          select coalesce(jsonb_agg(b.block order by b.place), '[]')
          from jsonb_array_elements(t.message -> 'content') with ordinality as b(block, place)
          where coalesce(b.block ->> 'type', '') not in ('server_tool_use', 'mcp_tool_use')
            or not exists (select from jsonb_array_elements(t.next) as n(block) where n.block ->> 'type' <> 'tool_result')
            or t.message -> 'content' @> jsonb_build_array(jsonb_build_object('tool_use_id', b.block -> 'id'))
        )) as message
      from turn t
    )
    select jsonb_agg(s.message order by s.place) from sent s where s.message -> 'content' <> '[]'
  );
end
$$;
comment on function agentpg._without_open_server_calls(jsonb) is
  'The messages less the calls of the API''s own tools whose run ended before their result came: with a prompt after one, the API refuses the request.';

create function agentpg._request_messages(session_id uuid)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
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
comment on function agentpg._request_messages(uuid) is
  'The messages array of the next request: the transcript in order, neighbours of one role joined, so that all results of a turn stand in one user message.';

commit;
