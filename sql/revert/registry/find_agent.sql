-- Revert agentpg:registry/find_agent from pg
begin;

drop function agentpg.list_agents(jsonb,integer,integer);
drop function agentpg.get_agent(uuid);
drop function agentpg.find_agent(text,jsonb);
drop function agentpg._find_agent(text,jsonb);

commit;
