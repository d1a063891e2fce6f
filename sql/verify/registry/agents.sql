-- Verify agentpg:registry/agents on pg
begin;

select
  id, name, description, model, system_prompt, max_tokens, temperature, top_k, top_p, tools, agent_ids,
  metadata, config, version, prefix_id, tenant_id, created_at, updated_at, deleted_at
from agentpg.agents
where false;

rollback;
