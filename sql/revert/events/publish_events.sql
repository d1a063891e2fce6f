-- Revert agentpg:events/publish_events from pg
begin;

drop function agentpg.publish_events(jsonb);
drop function agentpg._published(jsonb);
drop function agentpg._check_events(jsonb);

commit;
