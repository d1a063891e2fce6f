-- Revert agentpg:registry/agents from pg
begin;

drop table agentpg.agents;

commit;
