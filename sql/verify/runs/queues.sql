-- Verify agentpg:runs/queues on pg
begin;

select
  id, run_mode, model, paused_until, pause_reason, spread_until, next_claim_at, parked_at,
  parked_reason, resumed_at
from agentpg.queues
where false;

rollback;
