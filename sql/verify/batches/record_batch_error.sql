-- Verify agentpg:batches/record_batch_error on pg
begin;

select pg_catalog.has_function_privilege('agentpg._close_batch(uuid,agentpg.batch_state)', 'execute');
select pg_catalog.has_function_privilege('agentpg._has_open_members(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._store_results(uuid,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._dissolve_batch(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._split_batch(agentpg.batches)', 'execute');
select pg_catalog.has_function_privilege('agentpg._refused_batch(agentpg.batches,jsonb,text,interval)', 'execute');
select pg_catalog.has_function_privilege('agentpg.record_batch_error(uuid,uuid,jsonb,interval)', 'execute');

rollback;
