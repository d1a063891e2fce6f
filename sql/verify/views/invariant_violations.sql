-- Verify agentpg:views/invariant_violations on pg
begin;

select rule, run_id, session_id, detail
from agentpg.invariant_violations
where false;

rollback;
