-- Revert agentpg:runs/pause_queue from pg
begin;

drop function agentpg.resume_parked(text);
drop function agentpg._park_queue(integer,text,timestamp with time zone);
drop function agentpg._pause_queue(integer,timestamp with time zone,text);

commit;
