-- Verify agentpg:conversation/messages on pg
begin;

select session_id, seq, role, content, run_id, iteration_id, tenant_id, created_at
from agentpg.messages
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'messages_insert_only' and tgrelid = 'agentpg.messages'::regclass;

rollback;
