-- Revert agentpg:registry/register_instance from pg
begin;

drop function agentpg.register_instance(text,text,integer,text,integer,integer,jsonb,boolean,uuid);
drop function agentpg._fence_incarnations(text,uuid);
drop function agentpg._poll_interval();
drop function agentpg._check_instance(uuid);

commit;
