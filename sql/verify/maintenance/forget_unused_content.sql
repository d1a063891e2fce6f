-- Verify agentpg:maintenance/forget_unused_content on pg
begin;

select pg_catalog.has_function_privilege('agentpg._forget_unused_content(uuid)', 'execute');

rollback;
