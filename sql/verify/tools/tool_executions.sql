-- Verify agentpg:tools/tool_executions on pg
begin;

select
  id, run_id, iteration_id, lease_token, claimed_by, lease_expires_at, available_at, ready_at,
  waits_until, created_at, started_at, deadline_at, message_seq, completed_at, result_seq, state,
  is_error, asked, awaits_approval, max_attempts, attempt, rescue_attempts, block_index, snooze_count,
  tool_use_id, tool_name, agent_id, child_run_id, last_error
from agentpg.tool_executions
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'tool_executions_guard_state' and tgrelid = 'agentpg.tool_executions'::regclass;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'tool_executions_guard_first_state' and tgrelid = 'agentpg.tool_executions'::regclass;
select pg_catalog.has_function_privilege('agentpg._held_calls(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._due_calls(timestamp with time zone,boolean,integer)', 'execute');

rollback;
