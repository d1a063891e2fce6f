-- Verify agentpg:maintenance/heartbeat on pg
begin;

select pg_catalog.has_function_privilege('agentpg.heartbeat(uuid,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.deregister_instance(uuid)', 'execute');

rollback;
