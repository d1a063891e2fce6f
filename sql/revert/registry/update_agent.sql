-- Revert agentpg:registry/update_agent from pg
begin;

drop function agentpg.delete_agent(uuid);
drop function agentpg.update_agent(uuid,jsonb);

commit;
