-- Revert agentpg:tools/list_approvals from pg
begin;

drop function agentpg.list_approvals(uuid,uuid,uuid,jsonb,integer,uuid);
drop type agentpg.approval;

commit;
