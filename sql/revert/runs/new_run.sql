-- Revert agentpg:runs/new_run from pg
begin;

drop function agentpg._prefix_of_run(agentpg.agents,jsonb,timestamp with time zone);
drop function agentpg._repeated_run(text,text,bigint);
drop function agentpg._request_hash(uuid,agentpg.run_mode,jsonb,jsonb,jsonb);
drop function agentpg._check_place(agentpg.run_mode,integer,text,timestamp with time zone);

commit;
