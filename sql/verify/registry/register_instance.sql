-- Verify agentpg:registry/register_instance on pg
begin;

select pg_catalog.has_function_privilege('agentpg._hold_instance(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._seize_instance(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._live_instance(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_instance(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._poll_interval()', 'execute');
select pg_catalog.has_function_privilege('agentpg._fence_incarnations(text,uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.register_instance(text,text,integer,text,integer,integer,jsonb,boolean,uuid,integer)', 'execute');

rollback;
