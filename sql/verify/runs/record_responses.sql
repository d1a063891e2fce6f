-- Verify agentpg:runs/record_responses on pg
begin;

select pg_catalog.has_function_privilege('agentpg._hold_runs(uuid[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_group(uuid[],jsonb,integer[])', 'execute');
select pg_catalog.has_function_privilege('agentpg.record_responses(uuid[],uuid[],jsonb,text[],integer[],jsonb)', 'execute');

rollback;
