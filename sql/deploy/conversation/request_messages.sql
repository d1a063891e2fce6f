-- Deploy agentpg:conversation/request_messages to pg
-- requires: conversation/messages
begin;

create aggregate agentpg._jsonb_concat_agg(jsonb) (
  sfunc = pg_catalog.jsonb_concat,
  stype = jsonb
);
comment on aggregate agentpg._jsonb_concat_agg(jsonb) is 'Arrays end to end, in the order of the aggregate.';

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
    select jsonb_agg(jsonb_build_object('role', t.role, 'content', t.content) order by t.seq)
    from turns t
  );
end
$$;
comment on function agentpg._request_messages(uuid) is
  'The messages array of the next request: the transcript in order, neighbours of one role joined, so that all results of a turn stand in one user message.';

commit;
