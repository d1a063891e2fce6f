-- Revert agentpg:core/schema from pg
begin;

drop schema agentpg;

commit;
