-- Revert agentpg:core/notify from pg
begin;

drop function agentpg._notify_at_commit(text,jsonb,boolean);
drop function agentpg._notify(text,jsonb,boolean);

commit;
