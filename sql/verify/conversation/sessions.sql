-- Verify agentpg:conversation/sessions on pg
begin;

select id, parent_session_id, depth, metadata, compaction_count, tenant_id, created_at, updated_at
from agentpg.sessions
where false;

rollback;
