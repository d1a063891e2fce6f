-- Verify agentpg:registry/check_models on pg
begin;

select pg_catalog.has_function_privilege('agentpg._new_model()', 'execute');
select pg_catalog.has_function_privilege('agentpg._model_keys(text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._misfit(jsonb,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_model_entry(jsonb,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_models(jsonb)', 'execute');

rollback;
