-- Verify agentpg:batches/reconcile_batch on pg
begin;

select pg_catalog.has_function_privilege('agentpg._may_be(jsonb,bigint,timestamp with time zone,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._break_up(agentpg.batches)', 'execute');
select pg_catalog.has_function_privilege('agentpg.record_batch_candidates(uuid,uuid,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.record_batch_proof(uuid,uuid,text,text)', 'execute');

rollback;
