-- Verify agentpg:conversation/apply_compaction on pg
begin;

select pg_catalog.has_function_privilege('agentpg._refuse_plan(agentpg.sessions,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._plan_number(agentpg.sessions,jsonb,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_plan_places(agentpg.sessions,jsonb,bigint,bigint)', 'execute');
select pg_catalog.has_function_privilege('agentpg._size_by_plan(agentpg.sessions,agentpg.compactions,bigint,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._compaction_of(agentpg.sessions,jsonb,jsonb,text,uuid)', 'execute');

rollback;
