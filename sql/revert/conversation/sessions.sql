-- Revert agentpg:conversation/sessions from pg
begin;

drop table agentpg.sessions;

commit;
