-- Revert agentpg:maintenance/heartbeat from pg
begin;

drop function agentpg.deregister_instance(uuid);
drop function agentpg.heartbeat(uuid,jsonb);

commit;
