-- Revert agentpg:tools/complete_tools from pg
begin;

drop function agentpg.complete_tools(uuid[],uuid[],jsonb,boolean[],jsonb);

commit;
