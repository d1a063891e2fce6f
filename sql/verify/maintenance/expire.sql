-- Verify agentpg:maintenance/expire on pg
begin;

select pg_catalog.has_function_privilege('agentpg._try_lock_session_tree(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._is_expired(uuid[],timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._try_lock_around(uuid[],uuid[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._expire_session(uuid,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._has_later_turn(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._expire_run(uuid,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._expire_batch(uuid)', 'execute');

rollback;
