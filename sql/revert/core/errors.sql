-- Revert agentpg:core/errors from pg
begin;

drop function agentpg._refuse(text,text,text,jsonb);
drop table agentpg.error_codes;

commit;
