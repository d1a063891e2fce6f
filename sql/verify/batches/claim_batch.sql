-- Verify agentpg:batches/claim_batch on pg
begin;

select null::agentpg.batch_request;
select pg_catalog.has_function_privilege('agentpg._betas_in(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._gather_is_due(timestamp with time zone,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._gather(uuid,integer,bigint)', 'execute');
select pg_catalog.has_function_privilege('agentpg._take_gathered(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.claim_batch(uuid,integer,bigint)', 'execute');

rollback;
