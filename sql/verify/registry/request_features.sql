-- Verify agentpg:registry/request_features on pg
begin;

select pg_catalog.has_function_privilege('agentpg._feature_names()', 'execute');
select pg_catalog.has_function_privilege('agentpg._is_list_of(jsonb,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_server_tools(jsonb,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_features(jsonb,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._merge_request(jsonb,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._feature_parameters(jsonb,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._request_of(jsonb,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._server_tools_of(jsonb,jsonb,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_tool_names(jsonb,text[])', 'execute');

rollback;
