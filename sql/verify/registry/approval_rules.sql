-- Verify agentpg:registry/approval_rules on pg
begin;

select pg_catalog.has_function_privilege('agentpg._approval_function(text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._tool_approval(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_approval(jsonb,agentpg.agents,text,text,boolean)', 'execute');
select pg_catalog.has_function_privilege('agentpg._covers(jsonb,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._ask_function(text,text,jsonb,uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._calls_to_approve(uuid,jsonb,text[],jsonb,jsonb,jsonb)', 'execute');

rollback;
