-- Verify agentpg:registry/freeze_prefix on pg
begin;

select pg_catalog.has_function_privilege('agentpg._system_text(agentpg.agents,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._delegate_tools(agentpg.agents)', 'execute');
select pg_catalog.has_function_privilege('agentpg._store_prefix(agentpg.prompt_prefixes)', 'execute');
select pg_catalog.has_function_privilege('agentpg._freeze_prefix(agentpg.agents,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._refreeze(agentpg.agents)', 'execute');
select pg_catalog.has_function_privilege('agentpg._lock_agent(uuid,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._refreeze_callers(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._refreeze_on_new_default()', 'execute');
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'settings_default_max_tokens' and tgrelid = 'agentpg.settings'::regclass;
select pg_catalog.has_function_privilege('agentpg._missing_tools(text[])', 'execute');

rollback;
