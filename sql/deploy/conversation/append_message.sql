-- Deploy agentpg:conversation/append_message to pg
-- requires: conversation/messages
-- requires: conversation/references
-- requires: core/content_blocks
begin;

create function agentpg._append_message(
  session_id uuid,
  role agentpg.message_role,
  content jsonb,
  run_id uuid,
  iteration_id uuid,
  tenant_id text
)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_seq bigint;
begin
  select max(m.seq) into v_seq from agentpg.messages m where m.session_id = _append_message.session_id;
  if v_seq is null then
    -- The first of its own; in a fork it goes on where the inherited ones end.
    select s.forked_at_seq into v_seq from agentpg.sessions s where s.id = _append_message.session_id;
  end if;
  v_seq := coalesce(v_seq, 0) + 1;
  insert into agentpg.messages (session_id, seq, role, content, run_id, iteration_id, tenant_id)
  values (
    _append_message.session_id, v_seq, _append_message.role,
    case when pg_column_size(_append_message.content) < 8192 then _append_message.content
      else agentpg._put_aside(_append_message.content, _append_message.session_id, _append_message.tenant_id) end,
    _append_message.run_id,
    _append_message.iteration_id, _append_message.tenant_id
  );
  return v_seq;
end
$$;
comment on function agentpg._append_message(uuid, agentpg.message_role, jsonb, uuid, uuid, text) is
  'Adds a message at the end of a session and returns its seq. The caller holds the session''s row lock, so seq has no gaps.';

create function agentpg._without_blank_text(content jsonb)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (
    select from jsonb_array_elements(content) as b(block) where b.block ->> 'type' = 'text' and agentpg._is_blank(coalesce(b.block ->> 'text', ''))
  ) then
    return content;
  end if;
  return coalesce(
    (
      select jsonb_agg(b.block order by b.place)
      from jsonb_array_elements(content) with ordinality as b(block, place)
      where b.block ->> 'type' <> 'text' or not agentpg._is_blank(coalesce(b.block ->> 'text', ''))
    ),
    '[]'
  );
end
$$;
comment on function agentpg._without_blank_text(jsonb) is
  'The blocks but for text blocks without text: the model may write one, and the API refuses every request that holds one.';

create function agentpg._as_error(content jsonb)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if jsonb_typeof(content) <> 'array' then
    return content;
  end if;
  return (
    select jsonb_agg(
      case when b.block ->> 'type' = 'text' then b.block
        else jsonb_build_object('type', 'text', 'text', format('[left out: a block of type %s; an error is told in text alone]', b.block ->> 'type')) end
      order by b.place
    )
    from jsonb_array_elements(content) with ordinality as b(block, place)
  );
end
$$;
comment on function agentpg._as_error(jsonb) is 'Content of an error result: the API takes text alone there, so a marker stands for anything else.';

create function agentpg._tool_result(tool_use_id text, content jsonb, is_error boolean)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return pg_catalog.jsonb_build_array(
    pg_catalog.jsonb_build_object('type', 'tool_result', 'tool_use_id', tool_use_id)
    || case when content is null or content in ('""', '[]') then
        case when is_error then '{"content": "The tool failed without a message."}'::jsonb else '{}' end
      else pg_catalog.jsonb_build_object('content', case when is_error then agentpg._as_error(content) else content end) end
    || case when is_error then '{"is_error": true}'::jsonb else '{}' end
  );
end
$$;
comment on function agentpg._tool_result(text, jsonb, boolean) is 'The content of a user message that answers one tool call. The API refuses an error without content.';

commit;
