-- Revert agentpg:tools/open_calls from pg
begin;

drop function agentpg._hand_out_tools(uuid[]);
drop function agentpg._open_calls(agentpg.runs,jsonb,bigint,uuid,integer);
drop type agentpg.opened_calls;
drop function agentpg._answer_call(agentpg.runs,text,text);
drop function agentpg._tool_calls_in(jsonb);
drop type agentpg.tool_claim;

commit;
