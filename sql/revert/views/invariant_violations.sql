-- Revert agentpg:views/invariant_violations from pg
begin;

drop view agentpg.invariant_violations;

commit;
