-- Verify agentpg:tools/tool_approvals on pg
begin;

select
  tool_execution_id, requested_at, expires_at, reason, lease_token, input_hash, decision, decided_at,
  decided_by, decided_role, note, edited_input
from agentpg.tool_approvals
where false;
select pg_catalog.has_function_privilege('agentpg._input_hash(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._input_of(agentpg.tool_executions)', 'execute');
select pg_catalog.has_function_privilege('agentpg._announce_approval(agentpg.tool_executions)', 'execute');
select pg_catalog.has_function_privilege('agentpg._with_edit(agentpg.tool_executions,jsonb)', 'execute');

rollback;
