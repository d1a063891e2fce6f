-- Revert agentpg:maintenance/forget_unused_content from pg
begin;

drop function agentpg._forget_unused_content(uuid);

commit;
