-- Deploy agentpg:conversation/switch_compaction to pg
-- requires: conversation/compactions
-- requires: runs/runs
begin;

create function agentpg._put_in_force(compaction agentpg.compactions)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_last_seq bigint;
begin
  select coalesce(max(m.seq), s.forked_at_seq, 0) into v_last_seq
  from agentpg.sessions s left join agentpg.messages m on m.session_id = s.id
  where s.id = compaction.session_id
  group by s.id;
  update agentpg.compactions c set state = 'applied', closed_at = agentpg.now() where c.id = compaction.id and c.state <> 'applied';
  update agentpg.sessions s
  set compaction_id = compaction.id, compaction_ready = null, compaction_count = s.compaction_count + 1,
    thinking_from_seq = v_last_seq + 1, updated_at = agentpg.now(),
    -- And what was said while the summary was written.
    context_tokens = compaction.compacted_tokens + greatest(s.context_tokens - compaction.original_tokens, 0)
  where s.id = compaction.session_id;
  update agentpg.runs r
  set context_tokens = compaction.compacted_tokens + greatest(r.context_tokens - compaction.original_tokens, 0)
  where r.session_id = compaction.session_id and r.finalized_at is null and r.state = 'awaiting_input';
end
$$;
comment on function agentpg._put_in_force(agentpg.compactions) is
  'From here on the context is the compacted one. The caller holds the session lock, and no model call of the session is under way.';

create function agentpg._turn_is_active(session_id uuid)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  return exists (
    select from agentpg.runs r
    where r.session_id = _turn_is_active.session_id and r.finalized_at is null and not r.blocked and r.state <> 'awaiting_input'
  );
end
$$;
comment on function agentpg._turn_is_active(uuid) is 'Whether a run of the session is at work; one that waits for input is not.';

create function agentpg._is_current(compaction agentpg.compactions, session agentpg.sessions)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return compaction.base_id is not distinct from session.compaction_id
    and coalesce(compaction.superseded_seqs, '{}')
      = coalesce(session.superseded_seqs, '{}') * int8multirange(int8range(null, compaction.cut_seq, '[]'));
end
$$;
comment on function agentpg._is_current(agentpg.compactions, agentpg.sessions) is
  'Whether nothing that the compaction was planned for has moved: what was in force, and what was superseded before its cut.';

create function agentpg._switch_if_current(compaction agentpg.compactions)
returns agentpg.compactions
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_session agentpg.sessions;
begin
  select s.* into v_session from agentpg.sessions s where s.id = compaction.session_id;
  if not agentpg._is_current(compaction, v_session) then
    update agentpg.compactions c set state = 'abandoned', closed_at = agentpg.now() where c.id = compaction.id;
    update agentpg.sessions s set compaction_ready = null where s.id = compaction.session_id;
  elsif agentpg._turn_is_active(compaction.session_id) then
    update agentpg.compactions c set state = 'ready' where c.id = compaction.id and c.state <> 'ready';
    update agentpg.sessions s set compaction_ready = true where s.id = compaction.session_id;
  else
    perform agentpg._put_in_force(compaction);
  end if;
  select c.* into compaction from agentpg.compactions c where c.id = compaction.id;
  return compaction;
end
$$;
comment on function agentpg._switch_if_current(agentpg.compactions) is
  'Puts a summarized compaction in force, or has it wait for the end of the active turn; abandons it when its session has moved. The caller holds the session lock.';

create function agentpg._switch_ready(session_id uuid)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_compaction agentpg.compactions;
begin
  select c.* into v_compaction
  from agentpg.compactions c
  where c.session_id = _switch_ready.session_id and c.state in ('summarizing', 'ready')
  for no key update;
  if v_compaction.state = 'ready' then
    perform agentpg._switch_if_current(v_compaction);
  end if;
end
$$;
comment on function agentpg._switch_ready(uuid) is
  'The active turn has ended: the compaction that waits for that comes into force. The caller holds the session lock.';

commit;
