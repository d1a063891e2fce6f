-- Revert agentpg:tools/delegates from pg
begin;

drop function agentpg._answer_parent(agentpg.runs,uuid);
drop function agentpg._delegate_answer(agentpg.runs);
drop function agentpg._end_delegate(uuid,text);
drop function agentpg._start_delegates(agentpg.runs,bigint);
drop function agentpg._start_delegate(agentpg.tool_executions);
drop function agentpg._delegate_refusal(agentpg.run_inputs,agentpg.agents,uuid,agentpg.run_mode,text);

commit;
