-- Verify agentpg:registry/output_schema on pg
begin;

select pg_catalog.has_function_privilege('agentpg._refuse_schema(text,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_references(jsonb,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._strict_object(jsonb,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._strict_schema(jsonb,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._schema_notes(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._output_format(jsonb,text)', 'execute');

rollback;
