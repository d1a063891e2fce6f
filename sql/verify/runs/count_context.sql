-- Verify agentpg:runs/count_context on pg
begin;

select pg_catalog.has_function_privilege('agentpg.context_to_count(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.record_context_count(uuid,bigint,uuid,integer)', 'execute');

rollback;
