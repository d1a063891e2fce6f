-- Revert agentpg:registry/freeze_prefix from pg
begin;

drop function agentpg._missing_tools(text[]);
drop function agentpg._freeze_prefix(agentpg.agents,jsonb);
drop function agentpg._system_text(agentpg.agents,jsonb);

commit;
