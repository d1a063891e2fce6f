-- Revert agentpg:runs/make_way from pg
begin;

drop function agentpg._make_way(uuid,text);
drop function agentpg._interrupt(uuid);

commit;
