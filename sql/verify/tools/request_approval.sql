-- Verify agentpg:tools/request_approval on pg
begin;

select pg_catalog.has_function_privilege('agentpg.request_approval(uuid,uuid,text)', 'execute');

rollback;
