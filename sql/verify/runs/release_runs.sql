-- Verify agentpg:runs/release_runs on pg
begin;

select pg_catalog.has_function_privilege('agentpg.release_runs(uuid,uuid[])', 'execute');
select pg_catalog.has_function_privilege('agentpg.release_tools(uuid,uuid[])', 'execute');

rollback;
