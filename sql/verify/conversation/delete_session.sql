-- Verify agentpg:conversation/delete_session on pg
begin;

select pg_catalog.has_function_privilege('agentpg._lock_session_tree(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._readers_of(uuid[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_deletable(uuid[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._count_rows(uuid[],uuid[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._delete_sessions(uuid[])', 'execute');
select pg_catalog.has_function_privilege('agentpg.delete_session(uuid,boolean)', 'execute');

rollback;
