-- Revert agentpg:views/run_details from pg
begin;

drop view agentpg.run_details;

commit;
