-- Revert agentpg:runs/compact from pg
begin;

drop function agentpg.plan_compaction(uuid,jsonb);
drop function agentpg.needs_compaction(uuid);
drop function agentpg.session_stats(uuid,jsonb);
drop type agentpg.session_statistics;
drop function agentpg._session_config(agentpg.sessions,jsonb);
drop function agentpg._last_run(agentpg.sessions);

commit;
