-- Revert agentpg:conversation/append_message from pg
begin;

drop function agentpg._tool_result(text,jsonb,boolean);
drop function agentpg._as_error(jsonb);
drop function agentpg._without_blank_text(jsonb);
drop function agentpg._append_message(uuid,agentpg.message_role,jsonb,uuid,uuid,text);

commit;
