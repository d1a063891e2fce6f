-- Revert agentpg:core/clock from pg
begin;

drop function agentpg.now();

commit;
