-- Verify agentpg:tools/delegates on pg
begin;

select pg_catalog.has_function_privilege('agentpg._delegate_refusal(agentpg.run_inputs,agentpg.agents,uuid,agentpg.run_mode,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._start_delegate(agentpg.tool_executions)', 'execute');
select pg_catalog.has_function_privilege('agentpg._start_delegates(agentpg.runs,bigint)', 'execute');
select pg_catalog.has_function_privilege('agentpg._end_delegate(uuid,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._delegate_answer(agentpg.runs)', 'execute');
select pg_catalog.has_function_privilege('agentpg._answer_parent(agentpg.runs,uuid)', 'execute');

rollback;
