-- Verify agentpg:batches/submit_batch on pg
begin;

select pg_catalog.has_function_privilege('agentpg.start_batch_submission(uuid,uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_provider_batch(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._lifetime(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.record_batch_submitted(uuid,uuid,jsonb)', 'execute');

rollback;
