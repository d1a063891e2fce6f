-- Verify agentpg:batches/release_batches on pg
begin;

select pg_catalog.has_function_privilege('agentpg.release_batches(uuid,uuid[])', 'execute');
select pg_catalog.has_function_privilege('agentpg.abandon_batch(uuid)', 'execute');

rollback;
