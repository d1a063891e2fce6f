-- Verify agentpg:runs/regenerate_run on pg
begin;

select run_id, of_run_id, supersedes, created_at
from agentpg.regenerations
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'regenerations_insert_only' and tgrelid = 'agentpg.regenerations'::regclass;
select pg_catalog.has_function_privilege('agentpg._check_regenerable(agentpg.runs,uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._turn_of(agentpg.runs)', 'execute');
select pg_catalog.has_function_privilege('agentpg.regenerate_run(uuid,jsonb)', 'execute');

rollback;
