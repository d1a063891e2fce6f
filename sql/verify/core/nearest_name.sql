-- Verify agentpg:core/nearest_name on pg
begin;

select pg_catalog.has_function_privilege('agentpg._edit_distance(text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._nearest_name(text,text[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._name_hint(text,text[],text)', 'execute');

rollback;
