-- Verify agentpg:tools/open_calls on pg
begin;

select null::agentpg.tool_claim;
select pg_catalog.has_function_privilege('agentpg._tool_calls_in(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._answer_call(agentpg.runs,text,text)', 'execute');
select null::agentpg.opened_calls;
select pg_catalog.has_function_privilege('agentpg._open_calls(agentpg.runs,jsonb,bigint,uuid,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._hand_out_tools(uuid[])', 'execute');

rollback;
