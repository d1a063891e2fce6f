-- Revert agentpg:registry/cache_marks from pg
begin;

drop function agentpg._within_marks(jsonb,jsonb);
drop function agentpg._marked_message(jsonb,text[]);
drop function agentpg._check_marks(jsonb,jsonb);
drop function agentpg._mark_prefix(jsonb,jsonb);
drop function agentpg._hour_after_minutes(text[]);
drop function agentpg._content_marks(jsonb);
drop function agentpg._prefix_marks(jsonb);

commit;
