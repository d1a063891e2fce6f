-- Verify agentpg:runs/settle_awaiting on pg
begin;

select pg_catalog.has_function_privilege('agentpg._settle_awaiting(uuid)', 'execute');

rollback;
