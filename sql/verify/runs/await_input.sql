-- Verify agentpg:runs/await_input on pg
begin;

select pg_catalog.has_function_privilege('agentpg._await_input(agentpg.runs,text)', 'execute');

rollback;
