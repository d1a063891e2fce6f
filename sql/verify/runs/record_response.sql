-- Verify agentpg:runs/record_response on pg
begin;

select pg_catalog.has_function_privilege('agentpg._check_response(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._is_said(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._settle_response(agentpg.runs,jsonb,uuid,integer,text,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._failed_before(uuid,uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.record_response(uuid,uuid,jsonb,boolean,text,integer,jsonb)', 'execute');

rollback;
