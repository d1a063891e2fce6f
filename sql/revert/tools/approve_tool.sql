-- Revert agentpg:tools/approve_tool from pg
begin;

drop function agentpg._expire_approval(agentpg.tool_executions);
drop function agentpg.reject_tool(uuid,text,text);
drop function agentpg.approve_tool(uuid,text,text,jsonb,text);
drop function agentpg._go_ahead(agentpg.tool_executions);
drop function agentpg._decide(uuid,text,text,text,jsonb);
drop function agentpg._refuse_decision(agentpg.tool_approvals);
drop function agentpg._lock_approval(uuid);

commit;
