-- Revert agentpg:maintenance/expire from pg
begin;

drop function agentpg._expire_batch(uuid);
drop function agentpg._expire_run(uuid,timestamp with time zone);
drop function agentpg._has_later_turn(uuid);
drop function agentpg._expire_session(uuid,timestamp with time zone);
drop function agentpg._try_lock_around(uuid[],uuid[]);
drop function agentpg._is_expired(uuid[],timestamp with time zone);
drop function agentpg._try_lock_session_tree(uuid);

commit;
