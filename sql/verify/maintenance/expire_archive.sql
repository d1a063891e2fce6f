-- Verify agentpg:maintenance/expire_archive on pg
begin;

select pg_catalog.has_function_privilege('agentpg._archive_end(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._expire_archive(uuid)', 'execute');

rollback;
