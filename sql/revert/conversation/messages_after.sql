-- Revert agentpg:conversation/messages_after from pg
begin;

drop function agentpg._messages_after(uuid,bigint);
drop function agentpg._has_marks(uuid);
drop function agentpg._known_seq(uuid,text,jsonb);
drop function agentpg._context_checksum(uuid,text,bigint);
drop function agentpg._checksum(agentpg.sessions,agentpg.messages,boolean);

commit;
