-- Revert agentpg:registry/freeze_prefix from pg
begin;

drop function agentpg._missing_tools(text[]);
drop trigger settings_default_max_tokens on agentpg.settings;
drop function agentpg._refreeze_on_new_default();
drop function agentpg._refreeze_callers(uuid);
drop function agentpg._lock_agent(uuid,jsonb);
drop function agentpg._refreeze(agentpg.agents);
drop function agentpg._freeze_prefix(agentpg.agents,jsonb);
drop function agentpg._store_prefix(agentpg.prompt_prefixes);
drop function agentpg._delegate_tools(agentpg.agents);
drop function agentpg._system_text(agentpg.agents,jsonb);

commit;
