-- Revert agentpg:events/emit_tools from pg
begin;

drop function agentpg._emit_tool_retried(agentpg.tool_executions,text,text,timestamp with time zone);
drop function agentpg._tool_retried(agentpg.tool_executions,text,text,timestamp with time zone);
drop function agentpg._emit_approval(text,agentpg.tool_executions);
drop function agentpg._emit_end(agentpg.runs);
drop function agentpg._emit_answer(agentpg.runs,bigint,jsonb);
drop function agentpg._emit_finished(agentpg.runs,jsonb);
drop function agentpg._answer_events(agentpg.runs,jsonb);
drop function agentpg._with_free_streams(uuid[]);
drop function agentpg._emit_tools_started(uuid[]);

commit;
