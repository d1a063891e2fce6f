-- Verify agentpg:conversation/switch_compaction on pg
begin;

select pg_catalog.has_function_privilege('agentpg._put_in_force(agentpg.compactions)', 'execute');
select pg_catalog.has_function_privilege('agentpg._turn_is_active(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._is_current(agentpg.compactions,agentpg.sessions)', 'execute');
select pg_catalog.has_function_privilege('agentpg._switch_if_current(agentpg.compactions)', 'execute');
select pg_catalog.has_function_privilege('agentpg._switch_ready(uuid)', 'execute');

rollback;
