-- Revert agentpg:conversation/switch_compaction from pg
begin;

drop function agentpg._switch_ready(uuid);
drop function agentpg._switch_if_current(agentpg.compactions);
drop function agentpg._is_current(agentpg.compactions,agentpg.sessions);
drop function agentpg._turn_is_active(uuid);
drop function agentpg._put_in_force(agentpg.compactions);

commit;
