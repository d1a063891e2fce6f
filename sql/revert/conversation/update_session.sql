-- Revert agentpg:conversation/update_session from pg
begin;

drop function agentpg.update_session(uuid,jsonb);

commit;
