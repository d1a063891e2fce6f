-- Revert agentpg:tools/snooze_tool from pg
begin;

drop function agentpg.snooze_tool(uuid,uuid,interval,text);

commit;
