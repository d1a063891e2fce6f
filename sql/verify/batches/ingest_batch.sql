-- Verify agentpg:batches/ingest_batch on pg
begin;

select pg_catalog.has_function_privilege('agentpg._settle_or_store(agentpg.batches,integer,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._settle_alone(agentpg.batches,integer,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.record_batch_results(uuid,uuid,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.record_batch_ingested(uuid,uuid,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._settle_stored(integer)', 'execute');

rollback;
