-- Verify agentpg:registry/upsert_models on pg
begin;

select pg_catalog.has_function_privilege('agentpg.upsert_models(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.export_models(text)', 'execute');

rollback;
