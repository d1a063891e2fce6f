-- Verify agentpg:conversation/import on pg
begin;

select pg_catalog.has_function_privilege('agentpg._check_ids_are_free(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.import_session(jsonb,boolean,jsonb)', 'execute');

rollback;
