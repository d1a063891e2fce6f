-- Verify agentpg:registry/cache_marks on pg
begin;

select pg_catalog.has_function_privilege('agentpg._prefix_marks(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._content_marks(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._hour_after_minutes(text[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._mark_prefix(jsonb,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_marks(jsonb,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._marked_message(jsonb,text[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._within_marks(jsonb,jsonb)', 'execute');

rollback;
