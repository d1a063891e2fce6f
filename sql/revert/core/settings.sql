-- Revert agentpg:core/settings from pg
begin;

drop table agentpg.settings;

commit;
