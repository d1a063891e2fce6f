-- Revert agentpg:runs/settle_awaiting from pg
begin;

drop function agentpg._settle_awaiting(uuid);

commit;
