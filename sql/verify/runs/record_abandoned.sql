-- Verify agentpg:runs/record_abandoned on pg
begin;

select pg_catalog.has_function_privilege('agentpg.record_abandoned(uuid,uuid,jsonb,text)', 'execute');

rollback;
