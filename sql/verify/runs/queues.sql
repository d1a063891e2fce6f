-- Verify agentpg:runs/queues on pg
begin;

select id, run_mode, model, paused_until, pause_reason
from agentpg.queues
where false;

rollback;
