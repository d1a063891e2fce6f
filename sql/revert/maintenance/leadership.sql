-- Revert agentpg:maintenance/leadership from pg
begin;

drop function agentpg._resign(uuid);
drop function agentpg._lead(uuid);
drop table agentpg.leadership;

commit;
