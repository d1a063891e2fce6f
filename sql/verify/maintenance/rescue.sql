-- Verify agentpg:maintenance/rescue on pg
begin;

select pg_catalog.has_function_privilege('agentpg._rescue_run(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._try_lock_execution(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._rescue_execution(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._watch_on(timestamp with time zone,integer)', 'execute');

rollback;
