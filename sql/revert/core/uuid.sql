-- Revert agentpg:core/uuid from pg
begin;

drop function agentpg._uuid_v7();

commit;
