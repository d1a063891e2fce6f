-- Verify agentpg:events/read_events on pg
begin;

select pg_catalog.has_function_privilege('agentpg._event_details(agentpg.run_events)', 'execute');
select pg_catalog.has_function_privilege('agentpg.read_events(uuid,bigint,integer,boolean)', 'execute');
select null::agentpg.run_watch;
select pg_catalog.has_function_privilege('agentpg.watch_run(uuid)', 'execute');

rollback;
