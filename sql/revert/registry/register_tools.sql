-- Revert agentpg:registry/register_tools from pg
begin;

drop function agentpg.register_tools(uuid,jsonb);
drop function agentpg._check_tool(jsonb,integer);

commit;
