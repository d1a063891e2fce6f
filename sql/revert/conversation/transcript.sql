-- Revert agentpg:conversation/transcript from pg
begin;

drop function agentpg._context_messages(uuid);
drop function agentpg._summary_message(text);
drop function agentpg._without_thinking(jsonb);
drop function agentpg._with_placeholders(jsonb);
drop function agentpg._hidden(bigint,int8multirange);
drop function agentpg._transcript_parts(uuid,int8multirange);
drop table agentpg.session_origins;

commit;
