-- Verify agentpg:tools/list_approvals on pg
begin;

select null::agentpg.approval;
select pg_catalog.has_function_privilege('agentpg.list_approvals(uuid,uuid,uuid,jsonb,integer,uuid)', 'execute');

rollback;
