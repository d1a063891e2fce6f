-- Revert agentpg:registry/register_instance from pg
begin;

drop function agentpg.register_instance(text,text,integer,text,integer,integer,jsonb,boolean,uuid,integer);
drop function agentpg._fence_incarnations(text,uuid);
drop function agentpg._poll_interval();
drop function agentpg._check_instance(uuid);
drop function agentpg._live_instance(uuid);
drop function agentpg._seize_instance(uuid);
drop function agentpg._hold_instance(uuid);

commit;
