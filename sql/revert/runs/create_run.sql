-- Revert agentpg:runs/create_run from pg
begin;

drop function agentpg.create_run(uuid,uuid,text,agentpg.run_mode,jsonb,jsonb,jsonb,text,integer,timestamp with time zone);

commit;
