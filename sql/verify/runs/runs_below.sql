-- Verify agentpg:runs/runs_below on pg
begin;

select pg_catalog.has_function_privilege('agentpg._runs_below(uuid[])', 'execute');

rollback;
