-- Deploy agentpg:conversation/messages_after to pg
-- requires: conversation/request_messages
-- requires: conversation/transcript
begin;

-- A message is never changed and seq has no gaps: with what the session's own row says of its context, one message
-- stands for all before it.
create function agentpg._checksum(session agentpg.sessions, message agentpg.messages, hides_thinking boolean)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return lpad(to_hex(hash_record_extended(
    row(
      session.id, session.forked_at_seq, session.superseded_seqs, session.compaction_id, session.thinking_from_seq, hides_thinking,
      message.seq, message.role, message.run_id, message.iteration_id, message.created_at, message.content
    ), 0
  )), 16, '0');
end
$$;
comment on function agentpg._checksum(agentpg.sessions, agentpg.messages, boolean) is
  'Stands for what a request shows of a session up to this message of its own: that message, what the session''s row says of its context, and whether the model is not shown the thinking before thinking_from_seq.';

create function agentpg._context_checksum(session_id uuid, model text, seq bigint)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select agentpg._checksum(
      s, m, s.thinking_from_seq is not null and exists (select from agentpg.models b where b.id = _context_checksum.model and b.binds_thinking)
    )
    from agentpg.sessions s
    cross join lateral (
      select t.* from agentpg.messages t where t.session_id = s.id and t.seq = _context_checksum.seq limit 1
    ) m
    where s.id = _context_checksum.session_id
  );
end
$$;
comment on function agentpg._context_checksum(uuid, text, bigint) is
  'The checksum of what this model is shown up to this message. Null when the session itself has no such message. Reads two rows, or three.';

create function agentpg._known_seq(session_id uuid, model text, known jsonb)
returns bigint
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_seq bigint;
begin
  -- Whatever it is, it costs its caller no more than a complete request.
  if known ->> 'seq' ~ '^[0-9]{1,18}$' then
    v_seq := (known ->> 'seq')::bigint;
  end if;
  if agentpg._context_checksum(session_id, model, v_seq) = known ->> 'checksum' then
    return v_seq;
  end if;
  return null;
end
$$;
comment on function agentpg._known_seq(uuid, text, jsonb) is
  'The last message of the context that a caller holds, {"seq", "checksum"} as a claim said them; null when that is not what the session shows up to there.';

create function agentpg._has_marks(session_id uuid)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  return exists (
    select from agentpg.messages m
    where m.session_id = any (array(
        select _has_marks.session_id
        union all
        select o.origin_session_id from agentpg.session_origins o where o.session_id = _has_marks.session_id
      ))
      and (m.content @? '$[*].cache_control' or m.content @? '$[*].content[*].cache_control')
  );
end
$$;
comment on function agentpg._has_marks(uuid) is
  'Whether users have set cache marks in messages of the session, or of those it was forked from. Reads an index that holds such messages alone.';

create function agentpg._messages_after(session_id uuid, seq bigint)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_message record;
  v_role agentpg.message_role;
  v_content jsonb;
  v_messages jsonb := '[]';
begin
  for v_message in
    select m.role, m.content from agentpg.messages m
    where m.session_id = _messages_after.session_id and m.seq > _messages_after.seq
    order by m.seq
  loop
    -- A prompt changes what is shown of the messages before it: calls of the API's own tools that were never answered go.
    if v_message.role = 'system'
      or (v_message.role = 'user' and v_message.content @? '$[*] ? (!(@.type == "tool_result"))')
    then
      return null;
    elsif v_message.role = v_role then
      v_content := v_content || v_message.content;
    else
      if v_role is not null then
        v_messages := v_messages || jsonb_build_object('role', v_role, 'content', v_content);
      end if;
      v_role := v_message.role;
      v_content := v_message.content;
    end if;
  end loop;
  if v_role is null then
    return null;
  end if;
  return v_messages || jsonb_build_object('role', v_role, 'content', v_content);
end
$$;
comment on function agentpg._messages_after(uuid, bigint) is
  'What a request shows beyond the one that ended with this message, neighbours of one role joined: answers and results of tools. Null when there is nothing, or anything else. Reads these messages alone.';

commit;
