-- Revert agentpg:core/notify from pg
begin;

drop function agentpg._notify_all(text,boolean,jsonb[]);
drop function agentpg._notify(text,jsonb,boolean,text);

commit;
