-- Revert agentpg:registry/approval_rules from pg
begin;

drop function agentpg._calls_to_approve(uuid,jsonb,text[],jsonb,jsonb,jsonb);
drop function agentpg._ask_function(text,text,jsonb,uuid);
drop function agentpg._covers(jsonb,text,text);
drop function agentpg._check_approval(jsonb,agentpg.agents,text,text,boolean);
drop function agentpg._tool_approval(jsonb);
drop function agentpg._approval_function(text);

commit;
