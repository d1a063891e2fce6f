-- Verify agentpg:maintenance/apply_retention on pg
begin;

select null::agentpg.retained;
select pg_catalog.has_function_privilege('agentpg._walk(agentpg.retention_policies,timestamp with time zone,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._apply_policy(agentpg.retention_policies,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._apply_policies(integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._tree_of(uuid[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._is_due(text,uuid,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._count_policy(agentpg.retention_policies)', 'execute');
select pg_catalog.has_function_privilege('agentpg._count_events()', 'execute');
select pg_catalog.has_function_privilege('agentpg.apply_retention(integer,boolean)', 'execute');

rollback;
