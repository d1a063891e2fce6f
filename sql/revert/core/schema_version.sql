-- Revert agentpg:core/schema_version from pg
begin;

drop function agentpg.schema_version();

commit;
