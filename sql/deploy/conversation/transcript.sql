-- Deploy agentpg:conversation/transcript to pg
-- requires: conversation/compactions
begin;

create table agentpg.session_origins (
  session_id uuid not null,
  first_seq bigint not null,
  last_seq bigint not null,
  origin_session_id uuid not null,
  constraint session_origins_pk primary key (session_id, first_seq),
  constraint session_origins_session_fk foreign key (session_id) references agentpg.sessions (id),
  constraint session_origins_origin_fk foreign key (origin_session_id) references agentpg.sessions (id),
  constraint session_origins_other_session check (origin_session_id <> session_id),
  constraint session_origins_some_messages check (first_seq > 0 and last_seq >= first_seq)
);
comment on table agentpg.session_origins is
  'Insert-only: which messages of a fork stand in which session. Forks of forks are written out, so that reading follows no chain.';

create index session_origins_origin on agentpg.session_origins (origin_session_id);
comment on index agentpg.session_origins_origin is 'Who reads the messages of a session: deletion.';

create trigger session_origins_insert_only
  before update on agentpg.session_origins
  for each row execute function agentpg._refuse_change();
comment on trigger session_origins_insert_only on agentpg.session_origins is 'What a fork inherited never changes.';

create function agentpg._transcript_parts(session_id uuid, hidden int8multirange default null)
returns table (part_session_id uuid, first_seq bigint, last_seq bigint)
language plpgsql
stable
rows 3
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select w.session_id, lower(p.part), coalesce(upper(p.part) - 1, 9223372036854775807)
  from (
    select o.origin_session_id as session_id, int8range(o.first_seq, o.last_seq, '[]') as whole
    from agentpg.session_origins o
    where o.session_id = _transcript_parts.session_id
    union all
    select s.id, int8range(greatest(s.forked_at_seq, s.archived_seq, 0) + 1, null)
    from agentpg.sessions s
    where s.id = _transcript_parts.session_id
  ) w
  cross join lateral unnest(int8multirange(w.whole) - coalesce(_transcript_parts.hidden, '{}')) as p(part);
end
$$;
comment on function agentpg._transcript_parts(uuid, int8multirange) is
  'Where the messages of a session stand, its inherited ones included, less the hidden ones: each row is one range of the primary key of agentpg.messages.';

create function agentpg._hidden(cut_seq bigint, superseded_seqs int8multirange)
returns int8multirange
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(superseded_seqs, '{}') + case when cut_seq > 0 then int8multirange(int8range(null, cut_seq, '[]')) else '{}' end;
end
$$;
comment on function agentpg._hidden(bigint, int8multirange) is 'The messages that a context leaves out: those up to the cut, and those of regenerated turns.';

create function agentpg._with_placeholders(content jsonb)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select jsonb_agg(
      case
        when b.block ->> 'type' = 'tool_result'
          and (pg_column_size(b.block -> 'content') > 200 or b.block @? 'strict $.**.data."$agentpg_content"') then
          b.block || jsonb_build_object('content', '[Output left out to keep the conversation short. Call the tool again if it is needed.]')
        else b.block
      end
      order by b.place
    )
    from jsonb_array_elements(content) with ordinality as b(block, place)
  );
end
$$;
comment on function agentpg._with_placeholders(jsonb) is 'The blocks with a short text in place of each tool output that is longer.';

create function agentpg._without_thinking(content jsonb)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(b.block order by b.place), '[]')
    from jsonb_array_elements(content) with ordinality as b(block, place)
    where coalesce(b.block ->> 'type', '') not in ('thinking', 'redacted_thinking')
  );
end
$$;
comment on function agentpg._without_thinking(jsonb) is 'The blocks but for thinking.';

create function agentpg._summary_message(summary text)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select E'[The earlier part of this conversation was summarized to keep it short.]\n\n' || summary
$$;
comment on function agentpg._summary_message(text) is 'A summary as the model is shown it.';

create function agentpg._context_messages(session_id uuid)
returns table (seq bigint, role agentpg.message_role, content jsonb, run_id uuid)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  return query
  select c.cut_seq, 'user'::agentpg.message_role, jsonb_build_array(jsonb_build_object('type', 'text', 'text', agentpg._summary_message(c.summary))), null::uuid
  from agentpg.sessions s
  join agentpg.compactions c on c.id = s.compaction_id and c.summary is not null
  where s.id = _context_messages.session_id
  union all
  select m.seq, m.role, case when m.seq <@ c.placeholder_seqs then agentpg._with_placeholders(m.content) else m.content end, m.run_id
  from agentpg.sessions s
  left join agentpg.compactions c on c.id = s.compaction_id
  cross join lateral agentpg._transcript_parts(s.id, agentpg._hidden(c.cut_seq, s.superseded_seqs)) p
  -- One range of the index a part: a plain join may read every message there is.
  cross join lateral (
    select t.seq, t.role, t.content, t.run_id
    from agentpg.messages t
    where t.session_id = p.part_session_id and t.seq between p.first_seq and p.last_seq
    order by t.seq
    offset 0
  ) m
  where s.id = _context_messages.session_id;
end
$$;
comment on function agentpg._context_messages(uuid) is
  'The messages that the model is shown: inherited ones included, those of regenerated turns not; from the cut of the compaction in force on, with its summary before and its placeholders within.';

commit;
