-- Verify agentpg:runs/leased_run on pg
begin;

select pg_catalog.has_function_privilege('agentpg._lock_run(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._try_lock_run(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._leased_run(uuid,uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._refuse_stale(uuid)', 'execute');

rollback;
