-- Verify agentpg:runs/cancel_run on pg
begin;

select pg_catalog.has_function_privilege('agentpg.cancel_run(uuid,text)', 'execute');

rollback;
