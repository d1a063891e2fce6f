-- Revert agentpg:runs/output_repairs from pg
begin;

drop table agentpg.output_repairs;

commit;
