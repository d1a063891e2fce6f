-- Verify agentpg:registry/instances on pg
begin;

select
  id, name, hostname, pid, version, max_concurrent_runs, max_concurrent_tools, max_concurrent_batches,
  metadata, created_at, last_heartbeat_at, fenced_at
from agentpg.instances
where false;
select instance_id, tool_name
from agentpg.instance_tools
where false;

rollback;
