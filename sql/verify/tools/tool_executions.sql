-- Verify agentpg:tools/tool_executions on pg
begin;

select
  id, run_id, iteration_id, lease_token, claimed_by, lease_expires_at, available_at, created_at,
  started_at, completed_at, deadline_at, message_seq, result_seq, block_index, snooze_count,
  max_attempts, attempt, rescue_attempts, state, is_error, asked, tool_use_id, tool_name, agent_id,
  child_run_id, last_error
from agentpg.tool_executions
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'tool_executions_guard_state' and tgrelid = 'agentpg.tool_executions'::regclass;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'tool_executions_guard_first_state' and tgrelid = 'agentpg.tool_executions'::regclass;

rollback;
