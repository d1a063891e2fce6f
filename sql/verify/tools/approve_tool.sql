-- Verify agentpg:tools/approve_tool on pg
begin;

select pg_catalog.has_function_privilege('agentpg._lock_approval(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._refuse_decision(agentpg.tool_approvals)', 'execute');
select pg_catalog.has_function_privilege('agentpg._decide(uuid,text,text,text,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._go_ahead(agentpg.tool_executions)', 'execute');
select pg_catalog.has_function_privilege('agentpg.approve_tool(uuid,text,text,jsonb,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg.reject_tool(uuid,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._expire_approval(agentpg.tool_executions)', 'execute');

rollback;
