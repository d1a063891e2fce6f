-- Verify agentpg:core/validation on pg
begin;

select pg_catalog.has_function_privilege('agentpg._check_metadata(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_blocks(jsonb,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_prompt(text,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._unknown_keys(jsonb,text[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_page(integer,integer)', 'execute');

rollback;
