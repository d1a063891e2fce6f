-- Revert agentpg:registry/check_agent from pg
begin;

drop function agentpg._agent_from(text,text,text,text[],uuid[],text,integer,numeric,integer,numeric,jsonb,jsonb);
drop function agentpg._store_agent(agentpg.agents);
drop function agentpg._check_agent(agentpg.agents);
drop function agentpg._check_delegates(agentpg.agents);
drop function agentpg._check_count(jsonb,text,integer,integer);
drop function agentpg._check_config(jsonb);

commit;
