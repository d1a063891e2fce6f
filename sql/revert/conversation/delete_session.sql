-- Revert agentpg:conversation/delete_session from pg
begin;

drop function agentpg.delete_session(uuid,boolean);
drop function agentpg._delete_sessions(uuid[]);
drop function agentpg._count_rows(uuid[],uuid[]);
drop function agentpg._check_deletable(uuid[]);
drop function agentpg._readers_of(uuid[]);
drop function agentpg._lock_session_tree(uuid);

commit;
