-- Revert agentpg:maintenance/retention_policies from pg
begin;

drop function agentpg.set_retention(text,interval,text);
drop table agentpg.retention_policies;

commit;
