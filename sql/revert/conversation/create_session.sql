-- Revert agentpg:conversation/create_session from pg
begin;

drop function agentpg.create_session(uuid,jsonb);

commit;
