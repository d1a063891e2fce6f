-- Revert agentpg:conversation/compactions from pg
begin;

alter table agentpg.sessions drop constraint sessions_compaction_fk;
drop function agentpg._compaction_at(uuid,bigint);
drop table agentpg.compactions;

commit;
