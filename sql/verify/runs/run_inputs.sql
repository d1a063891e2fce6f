-- Verify agentpg:runs/run_inputs on pg
begin;

select
  run_id, session_id, turn, agent_id, run_mode, content, variables, options, idempotency_key,
  request_hash, parent_run_id, parent_tool_execution_id, root_run_id, depth, max_iterations,
  max_continuations, scheduled_at, created_by, tenant_id, created_at
from agentpg.run_inputs
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'run_inputs_insert_only' and tgrelid = 'agentpg.run_inputs'::regclass;

rollback;
