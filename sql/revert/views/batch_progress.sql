-- Revert agentpg:views/batch_progress from pg
begin;

drop view agentpg.batch_progress;
drop view agentpg.batch_queue;
drop view agentpg._usual_batch_time;

commit;
