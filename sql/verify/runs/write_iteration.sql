-- Verify agentpg:runs/write_iteration on pg
begin;

select pg_catalog.has_function_privilege('agentpg._write_iteration(agentpg.runs,jsonb,bigint,integer,text)', 'execute');

rollback;
