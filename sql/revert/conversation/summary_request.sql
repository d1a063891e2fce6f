-- Revert agentpg:conversation/summary_request from pg
begin;

drop function agentpg._summary_request(uuid);
drop function agentpg._summary_prefix(jsonb,text);
drop function agentpg._chunk_end(agentpg.compactions);
drop function agentpg._messages_to_summarize(agentpg.compactions,bigint,bigint);
drop function agentpg._rendered(agentpg.message_role,jsonb);
drop function agentpg._part_text(jsonb);
drop function agentpg._shortened(text,integer);

commit;
