-- Revert agentpg:tools/complete_tool from pg
begin;

drop function agentpg.complete_tool(uuid,uuid,jsonb,boolean,boolean,jsonb);

commit;
