-- Verify agentpg:runs/announce on pg
begin;

select pg_catalog.has_function_privilege('agentpg._announce_created(agentpg.runs,agentpg.run_inputs)', 'execute');
select pg_catalog.has_function_privilege('agentpg._announce_state(agentpg.runs)', 'execute');

rollback;
