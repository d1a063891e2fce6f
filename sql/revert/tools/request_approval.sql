-- Revert agentpg:tools/request_approval from pg
begin;

drop function agentpg.request_approval(uuid,uuid,text);

commit;
