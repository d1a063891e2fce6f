-- Verify agentpg:events/trim_events on pg
begin;

select pg_catalog.has_function_privilege('agentpg._trim_stream(agentpg.run_streams,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._trim_events(integer,integer)', 'execute');

rollback;
