-- Revert agentpg:runs/cancel_run from pg
begin;

drop function agentpg.cancel_run(uuid,text);

commit;
