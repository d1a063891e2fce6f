-- Verify agentpg:batches/poll_batches on pg
begin;

select null::agentpg.batch_task;
select pg_catalog.has_function_privilege('agentpg.claim_batch_polls(uuid,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg.claim_batch_cancellations(uuid,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg.record_batch_status(uuid,uuid,jsonb)', 'execute');

rollback;
