-- Verify agentpg:core/notify on pg
begin;

select pg_catalog.has_function_privilege('agentpg._notify(text,jsonb,boolean,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._notify_all(text,boolean,jsonb[])', 'execute');

rollback;
