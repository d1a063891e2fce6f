-- Revert agentpg:events/read_events from pg
begin;

drop function agentpg.watch_run(uuid);
drop type agentpg.run_watch;
drop function agentpg.read_events(uuid,bigint,integer,boolean);
drop function agentpg._event_details(agentpg.run_events);

commit;
