-- Revert agentpg:runs/settle_summary from pg
begin;

drop function agentpg._settle_summary(agentpg.runs,jsonb,text);
drop function agentpg._give_up_summary(agentpg.runs,text,text);
drop function agentpg._conversation_again(agentpg.runs);

commit;
