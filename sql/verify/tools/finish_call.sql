-- Verify agentpg:tools/finish_call on pg
begin;

select pg_catalog.has_function_privilege('agentpg._leased_execution(uuid,uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._refuse_stale_execution(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._finish_call(agentpg.tool_executions,agentpg.tool_execution_state,jsonb,boolean,text,uuid,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._may_go_on(agentpg.runs,uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._handed_out_after(agentpg.tool_executions,jsonb)', 'execute');

rollback;
