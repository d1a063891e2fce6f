-- Verify agentpg:views/tool_calls on pg
begin;

select pg_catalog.has_function_privilege('agentpg._content_text(jsonb)', 'execute');
select
  run_id, iteration_id, tool_execution_id, current_iteration, iteration_number, message_seq,
  block_index, tool_use_id, name, input, output, output_content, is_error, error_message,
  is_agent_tool, agent_id, child_run_id, state, attempt, max_attempts, snooze_count,
  claimed_by_instance_id, available_at, last_error, duration, created_at, started_at, completed_at,
  tenant_id
from agentpg.tool_calls
where false;
select null::agentpg.tool_call;
select pg_catalog.has_function_privilege('agentpg._tool_calls_of(uuid,uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.run_tool_calls(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.iteration_tool_calls(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_run(uuid)', 'execute');

rollback;
