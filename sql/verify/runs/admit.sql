-- Verify agentpg:runs/admit on pg
begin;

select pg_catalog.has_function_privilege('agentpg._hold_back(agentpg.runs,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._admit(agentpg.runs,jsonb,bigint)', 'execute');
select pg_catalog.has_function_privilege('agentpg._capped(uuid,jsonb)', 'execute');

rollback;
