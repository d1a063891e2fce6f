-- Revert agentpg:events/trim_events from pg
begin;

drop function agentpg._trim_events(integer,integer);
drop function agentpg._trim_stream(agentpg.run_streams,integer);

commit;
