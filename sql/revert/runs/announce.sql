-- Revert agentpg:runs/announce from pg
begin;

drop function agentpg._announce_state(agentpg.runs);
drop trigger runs_announce_created on agentpg.runs;
drop function agentpg._announce_created();

commit;
