-- Deploy agentpg:maintenance/forget_unused_content to pg
-- requires: conversation/references
-- requires: conversation/transcript
-- requires: runs/run_inputs
begin;

create function agentpg._forget_unused_content(session_id uuid)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  if not exists (select from agentpg.content_uses u where u.session_id = _forget_unused_content.session_id) then
    return;
  end if;
  delete from agentpg.content_uses u
  where u.session_id = _forget_unused_content.session_id and u.content_id::text <> all (array(
    select r.id #>> '{}'
    from (
      select m.content
      from agentpg._transcript_parts(_forget_unused_content.session_id) p
      cross join lateral (
        select t.content from agentpg.messages t
        where t.session_id = p.part_session_id and t.seq between p.first_seq and p.last_seq
        offset 0
      ) m
      union all
      select i.content from agentpg.run_inputs i where i.session_id = _forget_unused_content.session_id
    ) c
    cross join lateral jsonb_path_query(c.content, 'strict $.**{0 to 12}.data."$agentpg_content" ? (@.type() == "string")') as r(id)
  ));
end
$$;
comment on function agentpg._forget_unused_content(uuid) is
  'Releases the large strings of a session that no message and no run of it refers to any more, after a part of it was deleted; reads what is left of it. The caller holds its lock.';

commit;
