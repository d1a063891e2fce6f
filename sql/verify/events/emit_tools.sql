-- Verify agentpg:events/emit_tools on pg
begin;

select pg_catalog.has_function_privilege('agentpg._emit_tools_started(uuid[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._with_free_streams(uuid[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._answer_events(agentpg.runs,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._emit_finished(agentpg.runs,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._emit_answer(agentpg.runs,bigint,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._emit_end(agentpg.runs)', 'execute');
select pg_catalog.has_function_privilege('agentpg._emit_approval(text,agentpg.tool_executions)', 'execute');
select pg_catalog.has_function_privilege('agentpg._tool_retried(agentpg.tool_executions,text,text,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._emit_tool_retried(agentpg.tool_executions,text,text,timestamp with time zone)', 'execute');

rollback;
