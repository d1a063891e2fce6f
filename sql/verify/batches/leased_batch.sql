-- Verify agentpg:batches/leased_batch on pg
begin;

select pg_catalog.has_function_privilege('agentpg._leased_batch(uuid,uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_owner(uuid,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._count_requests(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._batch_delay(integer,interval)', 'execute');
select pg_catalog.has_function_privilege('agentpg._poll_delay(agentpg.batches)', 'execute');
select pg_catalog.has_function_privilege('agentpg._advance_members(uuid,agentpg.run_state,agentpg.run_state)', 'execute');

rollback;
