-- Revert agentpg:maintenance/leadership from pg
begin;

drop function agentpg._may_rescue(timestamp with time zone);
drop function agentpg._begin_truce(uuid,timestamp with time zone);
drop function agentpg._heard_since(timestamp with time zone);
drop function agentpg._resign(uuid);
drop function agentpg._lead(uuid);
drop table agentpg.leadership;

commit;
