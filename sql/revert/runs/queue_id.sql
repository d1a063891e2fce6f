-- Revert agentpg:runs/queue_id from pg
begin;

drop function agentpg._queue_id(agentpg.run_mode,text);

commit;
