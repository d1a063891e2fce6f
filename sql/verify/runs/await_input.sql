-- Verify agentpg:runs/await_input on pg
begin;

select pg_catalog.has_function_privilege('agentpg._put_off_summary(agentpg.runs,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._await_input(agentpg.runs,text)', 'execute');

rollback;
