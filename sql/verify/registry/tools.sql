-- Verify agentpg:registry/tools on pg
begin;

select name, definition, max_attempts, timeout, retry_jitter, approval, updated_at, unoffered_since
from agentpg.tools
where false;

rollback;
