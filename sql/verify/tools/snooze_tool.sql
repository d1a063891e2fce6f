-- Verify agentpg:tools/snooze_tool on pg
begin;

select pg_catalog.has_function_privilege('agentpg.snooze_tool(uuid,uuid,interval,text)', 'execute');

rollback;
