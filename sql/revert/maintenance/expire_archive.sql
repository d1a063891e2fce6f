-- Revert agentpg:maintenance/expire_archive from pg
begin;

drop function agentpg._expire_archive(uuid);
drop function agentpg._archive_end(uuid);

commit;
