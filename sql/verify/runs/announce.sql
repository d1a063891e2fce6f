-- Verify agentpg:runs/announce on pg
begin;

select pg_catalog.has_function_privilege('agentpg._announce_created()', 'execute');
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'runs_announce_created' and tgrelid = 'agentpg.runs'::regclass;
select pg_catalog.has_function_privilege('agentpg._announce_state(agentpg.runs)', 'execute');

rollback;
