-- Revert agentpg:conversation/plan_compaction from pg
begin;

drop function agentpg._planned(agentpg.sessions,jsonb,integer,uuid);
drop function agentpg._plan(agentpg.sessions,jsonb,integer,uuid);
drop function agentpg._context_size(agentpg.sessions);
drop function agentpg._sized_context(uuid);
drop function agentpg._estimated_tokens(jsonb);

commit;
