-- Verify agentpg:runs/make_way on pg
begin;

select pg_catalog.has_function_privilege('agentpg._interrupt(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._make_way(uuid,text)', 'execute');

rollback;
