-- Revert agentpg:runs/run_timeline from pg
begin;

drop function agentpg.run_timeline(uuid);
drop function agentpg._timeline_events(uuid);
drop function agentpg._instance_label(uuid);

commit;
