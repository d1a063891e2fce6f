-- Revert agentpg:conversation/request_messages from pg
begin;

drop function agentpg._request_messages(uuid,text);
drop function agentpg._context_in_parts(uuid,bigint);
drop function agentpg._without_open_server_calls(jsonb);
drop aggregate agentpg._jsonb_concat_agg(jsonb);

commit;
