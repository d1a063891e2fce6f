-- Verify agentpg:events/publish_events on pg
begin;

select pg_catalog.has_function_privilege('agentpg._check_events(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._published(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg.publish_events(jsonb)', 'execute');

rollback;
