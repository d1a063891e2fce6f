-- Revert agentpg:runs/create_runs from pg
begin;

drop function agentpg.create_runs(uuid,jsonb,agentpg.run_mode,jsonb,jsonb,jsonb,integer,timestamp with time zone);
drop function agentpg._create_alone(agentpg._new_run,uuid,agentpg.run_mode,jsonb);

commit;
