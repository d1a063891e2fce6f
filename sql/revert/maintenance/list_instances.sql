-- Revert agentpg:maintenance/list_instances from pg
begin;

drop function agentpg.list_instances();

commit;
