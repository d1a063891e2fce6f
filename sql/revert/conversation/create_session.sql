-- Revert agentpg:conversation/create_session from pg
begin;

drop function agentpg.create_session(uuid,jsonb,text,jsonb);
drop function agentpg._check_on_busy(text,text);

commit;
