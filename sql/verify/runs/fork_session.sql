-- Verify agentpg:runs/fork_session on pg
begin;

select pg_catalog.has_function_privilege('agentpg._turn_at(uuid,bigint)', 'execute');
select pg_catalog.has_function_privilege('agentpg._last_cut(agentpg.sessions)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_cut(agentpg.sessions,bigint)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_not_archived(agentpg.sessions,bigint)', 'execute');
select pg_catalog.has_function_privilege('agentpg._fork(agentpg.sessions,bigint,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.fork_session(uuid,bigint,jsonb)', 'execute');

rollback;
