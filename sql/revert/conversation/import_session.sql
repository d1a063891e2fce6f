-- Revert agentpg:conversation/import_session from pg
begin;

drop function agentpg._import_one(agentpg.import_context,jsonb,jsonb);
drop function agentpg._run_tops(jsonb);
drop function agentpg._import_prefixes(jsonb,jsonb,text);
drop function agentpg._import_agents(jsonb);

commit;
