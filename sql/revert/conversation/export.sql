-- Revert agentpg:conversation/export from pg
begin;

drop function agentpg.export_run(uuid);
drop function agentpg.export_session(uuid);
drop function agentpg._export(agentpg.sessions,bigint,uuid[],uuid[]);
drop function agentpg._exported_prefixes(jsonb);
drop function agentpg._exported_agents(jsonb);

commit;
