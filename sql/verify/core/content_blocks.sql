-- Verify agentpg:core/content_blocks on pg
begin;

select pg_catalog.has_function_privilege('agentpg._is_blank(text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._unknown_block_names(text[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._cache_control_problem(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._source_problem(text,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._block_keys(text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._place_problem(text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._block_problem(jsonb,text,text)', 'execute');

rollback;
