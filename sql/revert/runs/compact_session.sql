-- Revert agentpg:runs/compact_session from pg
begin;

drop function agentpg.list_compactions(uuid,integer,uuid);
drop function agentpg.restore_compaction(uuid);
drop function agentpg.apply_compaction(uuid,jsonb,jsonb);
drop function agentpg.compact_if_needed(uuid,jsonb);
drop function agentpg.compact(uuid,jsonb);
drop function agentpg._compact_session(uuid,jsonb,jsonb,boolean);
drop function agentpg._summarize_apart(agentpg.sessions,agentpg.compactions);

commit;
