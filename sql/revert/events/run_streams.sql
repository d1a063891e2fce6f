-- Revert agentpg:events/run_streams from pg
begin;

drop function agentpg._open_streams(uuid[]);
drop function agentpg._wants_events(jsonb,jsonb);
drop table agentpg.run_events;
drop table agentpg.run_streams;

commit;
