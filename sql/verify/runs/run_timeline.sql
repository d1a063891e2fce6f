-- Verify agentpg:runs/run_timeline on pg
begin;

select pg_catalog.has_function_privilege('agentpg._instance_label(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._timeline_events(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.run_timeline(uuid)', 'execute');

rollback;
