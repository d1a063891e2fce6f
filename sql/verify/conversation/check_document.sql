-- Verify agentpg:conversation/check_document on pg
begin;

select pg_catalog.has_function_privilege('agentpg._refuse_document(text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_field(jsonb,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_items(jsonb,text,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_transcript(jsonb,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_document(jsonb)', 'execute');

rollback;
