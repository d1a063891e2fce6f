-- Verify agentpg:runs/queue_id on pg
begin;

select pg_catalog.has_function_privilege('agentpg._queue_id(agentpg.run_mode,text)', 'execute');

rollback;
