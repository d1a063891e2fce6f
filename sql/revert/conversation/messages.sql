-- Revert agentpg:conversation/messages from pg
begin;

drop table agentpg.messages;

commit;
