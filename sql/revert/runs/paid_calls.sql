-- Revert agentpg:runs/paid_calls from pg
begin;

drop view agentpg._paid_calls;

commit;
