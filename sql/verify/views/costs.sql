-- Verify agentpg:views/costs on pg
begin;

select null::agentpg.cost_summary;
select pg_catalog.has_function_privilege('agentpg._tree_of(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg.costs(text,timestamp with time zone,timestamp with time zone,uuid,uuid,uuid,text,integer)', 'execute');

rollback;
