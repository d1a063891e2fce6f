-- Revert agentpg:runs/claim_marks from pg
begin;

drop trigger runs_stay_in_sight on agentpg.runs;
drop function agentpg._stay_in_sight();
drop function agentpg._newest_mark(integer,integer);
drop trigger runs_open_level on agentpg.runs;
drop function agentpg._open_level();
drop trigger queues_open_first_level on agentpg.queues;
drop function agentpg._open_first_level();
drop table agentpg.claim_marks;

commit;
