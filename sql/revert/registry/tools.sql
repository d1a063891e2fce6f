-- Revert agentpg:registry/tools from pg
begin;

drop table agentpg.tools;

commit;
