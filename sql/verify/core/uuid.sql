-- Verify agentpg:core/uuid on pg
begin;

select pg_catalog.has_function_privilege('agentpg._uuid_v7()', 'execute');
select pg_catalog.has_function_privilege('agentpg._new_run_id()', 'execute');
select pg_catalog.has_function_privilege('agentpg._iteration_id(uuid,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._run_of_iteration(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._iteration_number(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._ids_count_iterations(jsonb)', 'execute');

rollback;
