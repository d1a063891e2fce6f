-- Revert agentpg:conversation/get_session from pg
begin;

drop function agentpg.session_messages(uuid,bigint,integer,boolean);
drop function agentpg.list_sessions(jsonb,integer,uuid);
drop function agentpg.get_session(uuid);

commit;
