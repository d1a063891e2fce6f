-- Verify agentpg:core/access on pg
begin;

select pg_catalog.has_function_privilege('agentpg._functions_for(text)', 'execute');
select pg_catalog.has_function_privilege('agentpg.grant_access(name,text)', 'execute');
select 1 / (not pg_catalog.has_function_privilege('public', 'agentpg.create_session(uuid, jsonb, text, jsonb)', 'execute'))::int;

rollback;
