-- Revert agentpg:views/tool_calls from pg
begin;

drop function agentpg._check_run(uuid);
drop function agentpg.iteration_tool_calls(uuid);
drop function agentpg.run_tool_calls(uuid);
drop function agentpg._tool_calls_of(uuid,uuid);
drop type agentpg.tool_call;
drop view agentpg.tool_calls;
drop function agentpg._content_text(jsonb);

commit;
