-- Verify agentpg:conversation/references on pg
begin;

select pg_catalog.has_function_privilege('agentpg._large_strings(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._put_aside(jsonb,uuid,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._filled_in(jsonb,jsonb,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._with_strings(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.whole_content(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._whole_messages(uuid,jsonb)', 'execute');

rollback;
