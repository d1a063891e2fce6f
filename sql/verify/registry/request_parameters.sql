-- Verify agentpg:registry/request_parameters on pg
begin;

select pg_catalog.has_function_privilege('agentpg._check_betas(jsonb,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_mcp_servers(jsonb,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_request(jsonb,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_abilities(text,jsonb)', 'execute');

rollback;
